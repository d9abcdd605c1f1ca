"""The simulated site: up to 800 PAC3220 on real sockets with real load profiles, and faults on request."""
