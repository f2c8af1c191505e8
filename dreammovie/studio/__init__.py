"""The studio's rooms: what the web page is made of. Its door is `app.py`."""
