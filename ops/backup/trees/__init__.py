"""Trees of files: walked, taken by the tar program, read as a stream, unpacked with care, swapped in."""
