"""The studio, a web page: dreammovie app, or streamlit run dreammovie/app.py

Five pages, each in a room of `studio/`. This file is run anew for every look at one.
"""

import streamlit as st

from dreammovie.studio import begin, gallery, grow, layers, movie, picture

st.set_page_config("dreammovie", begin.icon(), layout="wide")
st.session_state.pages = {
    "picture": st.Page(picture.page, title="Dream a picture", url_path="picture", default=True),
    "movie": st.Page(movie.page, title="Dream a movie", url_path="movie"),
    "grow": st.Page(grow.page, title="Watch it grow", url_path="grow"),
    "layers": st.Page(layers.page, title="Layers", url_path="layers"),
    "gallery": st.Page(gallery.page, title="Gallery", url_path="gallery"),
}
page = st.navigation(list(st.session_state.pages.values()), position="hidden")
begin.offer_pages(list(st.session_state.pages.values()))
page.run()
