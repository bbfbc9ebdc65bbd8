"""Every colour and every layout rule of the screens, as data files beside this one."""
