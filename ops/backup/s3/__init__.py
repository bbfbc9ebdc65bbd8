"""Object stores that speak S3: a client, what its errors mean, and the objects of one set."""
