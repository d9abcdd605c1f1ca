-- Everything in its order, by one call:
--     cd sql/tsql
--     sqlcmd -S SERVER -v Database="Prepaid" EnforcerLogin="DOMAIN\prepaid" DashboardLogin="DOMAIN\prepaid"
--            KepwareLogin="" ReaderLogin="" ProgramLogin="" ReadingsColumnstore="0" -i database_init.sql
-- (in one line; a login that is not wanted is left empty).
--
-- :r looks for a file in the folder in which sqlcmd was started, not beside this one: change into sql/tsql first.
-- In SSMS switch on "SQLCMD Mode" and name the folder in each line, as in  :r C:\prepaid\sql\tsql\010_schemas.sql
-- The first error ends the run. Everything may be run again, and is to be after each `python -m sql upgrade`.
:on error exit
:r 000_database.sql
USE [$(Database)];
GO
:r 010_schemas.sql
:r 020_tables.sql
:r 030_indexes.sql
:r 040_version.sql
:r 050_views.sql
:r 055_alarms.sql
:r 060_procedures.sql
:r 070_roles.sql
:r 080_logins.sql
:r 090_partitions.sql
