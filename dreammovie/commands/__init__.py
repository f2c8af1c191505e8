"""The command line: a file for each command, or a folder where it is more than one file.

A command reads its flags, hands them to a room, and prints what that yields; one that hands dreams
out to other processes or machines does no more. Its flags are made in
`flags`, from the settings' fields.
"""
