"""The Siemens SENTRON PAC3220: its registers, the few reads that fetch them, and what the answers mean."""
