// Tells the page where its server is. Without it, Streamlit tries every folder of the address, with an error for each.
window.__streamlit = { BACKEND_BASE_URL: `${location.origin}/`, MAIN_PAGE_BASE_URL: `${location.origin}/` };
