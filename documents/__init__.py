"""What people read, and how it leaves: texts, mails, log files. Records in, text or bytes out."""
