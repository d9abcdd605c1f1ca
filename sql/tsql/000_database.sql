-- The database and its options.
-- Run first, connected to master, by who may create databases:
--     sqlcmd -b -S SERVER -v Database="Prepaid" -i 000_database.sql
-- It may be run again: a database that is there keeps its files, its collation and its recovery model. The collation
-- compares texts exactly, as SQLite does; names of tables, columns and variables then differ by case, too.
--
-- Leave this file out where somebody else makes databases (Azure SQL Database, a hosting provider). Ask there for:
-- this collation, compatibility level 150 or newer, READ_COMMITTED_SNAPSHOT on, AUTO_CLOSE and AUTO_SHRINK off.
--
-- Recovery model. FULL where log backups are made (point-in-time restore; a log that nobody backs up grows for ever).
-- SIMPLE on Express, which has no Agent to make them; there `python -m sql backup` by the product is the backup.
-- Edition. Express holds 10 GB of data in a database (50 GB from SQL Server 2025 on), 1410 MB of memory and 4 cores:
-- enough for 100 analyzers; docs/dba.md computes it for others.
SET NOCOUNT ON;
GO

IF CAST(SERVERPROPERTY('ProductMajorVersion') AS INT) < 15
BEGIN
    RAISERROR (N'SQL Server 2019 (15) or newer is needed.', 16, 1);
    SET NOEXEC ON;
END;
GO

IF DB_ID(N'$(Database)') IS NULL
BEGIN
    CREATE DATABASE [$(Database)] COLLATE Latin1_General_100_BIN2;
    IF CAST(SERVERPROPERTY('EngineEdition') AS INT) = 4
        ALTER DATABASE [$(Database)] SET RECOVERY SIMPLE;
    ELSE
        ALTER DATABASE [$(Database)] SET RECOVERY FULL;
END;
GO

-- Readers see the last committed rows and wait for no writer; statement by statement, which is what the product expects.
IF EXISTS (SELECT 1 FROM sys.databases WHERE name = N'$(Database)' AND is_read_committed_snapshot_on = 0)
    ALTER DATABASE [$(Database)] SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK AFTER 10 SECONDS;
GO

IF EXISTS (SELECT 1 FROM sys.databases WHERE name = N'$(Database)' AND compatibility_level < 150)
    ALTER DATABASE [$(Database)] SET COMPATIBILITY_LEVEL = 150;
GO

-- Express closes a database behind its last connection and reads it anew for the next one.
ALTER DATABASE [$(Database)] SET AUTO_CLOSE OFF;
ALTER DATABASE [$(Database)] SET AUTO_SHRINK OFF;
ALTER DATABASE [$(Database)] SET PAGE_VERIFY CHECKSUM;
-- A recharge that was answered is on the disk.
ALTER DATABASE [$(Database)] SET DELAYED_DURABILITY = DISABLED;
ALTER DATABASE [$(Database)] SET AUTO_UPDATE_STATISTICS_ASYNC ON;
ALTER DATABASE [$(Database)] SET QUERY_STORE = ON;
GO

SET NOEXEC OFF;
GO
