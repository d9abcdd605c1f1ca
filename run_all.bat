@echo off
rem Starts run_all.py with the newest Python of this machine and hands it all arguments.
setlocal
set RUN=python
where py >nul 2>nul && set RUN=py -3
%RUN% --version >nul 2>nul || (echo Python 3.11 or newer is needed. Install it from python.org and start again. & exit /b 1)
%RUN% "%~dp0run_all.py" %*
