// After signing out: the browser forgets the cookie, whose session the server has already ended.
fetch("/auth/leave", { method: "POST", credentials: "same-origin" });
