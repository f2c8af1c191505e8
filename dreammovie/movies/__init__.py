"""Movies: a folder of frames, each dreamt from the one before.

Which dreams there are is the subject of `dreams`; what lies in the folder of one, of `folder`,
`history` (dream.json) and `lock`. What holds at a frame is asked of `schedule`; whatever makes
values change over time stands beside it. What the camera does between two frames is `motion`.
What a frame is made from is the subject of `origin`; what is not made from the frame before alone
has a file of its own. `run` goes on with a dream, and yields what happens: the command, the page,
and whoever else has dreams dreamt, consume that.
"""
