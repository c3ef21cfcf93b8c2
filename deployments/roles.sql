-- Three roles for Nightcast on PostgreSQL, each with no more rights than it needs.
--
--   owner   creates and upgrades Nightcast's tables and views: nightcast init, nightcast migrate
--   job     runs the nights: reads the sources and writes Nightcast's tables, but changes neither the sources nor
--           the columns of any table: nightcast run, serve, plan, doctor, show, report, models, prune, forget
--   reader  makes reports: reads Nightcast's views and nothing else
--
-- Run it with psql in the database of the sources, as a superuser or as the administrator of a managed server, once
-- before and once after `nightcast init` by the owner. It may be run again at any time; `nightcast migrate` keeps the
-- rights that it grants.
--
--   psql shop -f deployments/roles.sql
--   psql shop -c '\password nightcast_owner'            and the same for nightcast_job and nightcast_reader
--   NIGHTCAST_DATABASE__URL=postgresql+psycopg://nightcast_owner:...@host/shop nightcast init
--   psql shop -f deployments/roles.sql
--
-- Other names than the defaults below: psql -v owner=... -v job=... -v reader=... -v schema=... -v source_schema=...
-- -v sources=visits,sales. Files are loaded (nightcast load) by the owner of the sources.

\set ON_ERROR_STOP on
\set QUIET on

\if :{?owner} \else \set owner nightcast_owner \endif
\if :{?job} \else \set job nightcast_job \endif
\if :{?reader} \else \set reader nightcast_reader \endif
\if :{?schema} \else \set schema nightcast \endif
\if :{?source_schema} \else \set source_schema public \endif
\if :{?sources} \else \set sources visits,sales,sales_covariates \endif

BEGIN;
SET LOCAL client_min_messages = warning;

-- The roles. They can log in once they have a password, which no file contains.
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', role)
FROM unnest(ARRAY[:'owner', :'job', :'reader']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

-- An administrator who is not a superuser has to be a member of the owner to assign a schema to it.
SELECT format('GRANT %I TO CURRENT_USER', :'owner')
WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
\gexec

GRANT CONNECT ON DATABASE :"DBNAME" TO :"owner", :"job", :"reader";

-- Everybody may create temporary tables and functions unless that is revoked; a reader's own functions might then be
-- called with rows that the views leave out. Other roles that need them: GRANT TEMPORARY ON DATABASE ... TO ...
REVOKE TEMPORARY ON DATABASE :"DBNAME" FROM PUBLIC, :"reader";

SELECT DISTINCT format('GRANT TEMPORARY ON DATABASE %I TO %s', current_database(), relowner::regrole)  -- for loading
FROM pg_class
WHERE relnamespace = quote_ident(:'source_schema')::regnamespace AND relkind IN ('r', 'p')
    AND relname = ANY (string_to_array(:'sources', ','))
\gexec

-- The owner owns the schema and everything in it; nobody else may create anything there.
CREATE SCHEMA IF NOT EXISTS :"schema";
ALTER SCHEMA :"schema" OWNER TO :"owner";
REVOKE ALL ON SCHEMA :"schema" FROM PUBLIC, :"job", :"reader";
GRANT USAGE ON SCHEMA :"schema" TO :"job", :"reader";

SELECT format('ALTER TABLE %s OWNER TO %I', pg_class.oid::regclass, :'owner')
FROM pg_class
WHERE relnamespace = quote_ident(:'schema')::regnamespace AND relkind IN ('r', 'v')
    AND relowner <> quote_ident(:'owner')::regrole
\gexec

-- The job writes rows, also of tables that later versions create, but not the revision of the tables.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA :"schema" TO :"job";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA :"schema"
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"job";

SELECT format('REVOKE INSERT, UPDATE, DELETE ON %s FROM %I', pg_class.oid::regclass, :'job')
FROM pg_class
WHERE relnamespace = quote_ident(:'schema')::regnamespace
    AND (relkind = 'v' OR relname = 'nightcast_schema_version')
\gexec

-- The reader reads views, not the tables behind them: a view reads those with its owner's rights. Two views show the
-- rows of a night under way, too: they are the owner's and the job's.
REVOKE ALL ON ALL TABLES IN SCHEMA :"schema" FROM PUBLIC, :"reader";

SELECT format('GRANT SELECT ON %s TO %I', pg_class.oid::regclass, :'reader')
FROM pg_class
WHERE relnamespace = quote_ident(:'schema')::regnamespace AND relkind = 'v'
    AND relname NOT IN ('next_visit', 'next_visit_bin')
\gexec

-- The job reads the sources that exist; their owner remains the same.
GRANT USAGE ON SCHEMA :"source_schema" TO :"job";

SELECT format('GRANT SELECT ON %s TO %I', pg_class.oid::regclass, :'job')
FROM pg_class
WHERE relnamespace = quote_ident(:'source_schema')::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f')
    AND relname = ANY (string_to_array(:'sources', ','))
\gexec

COMMIT;

-- The resulting rights. The reader has none until there are views: run this again after `nightcast init`.
\set QUIET off
SELECT
    rolname AS role,
    count(*) FILTER (WHERE kind = 'view' AND can_read) AS views_read,
    count(*) FILTER (WHERE kind = 'table' AND can_read) AS tables_read,
    count(*) FILTER (WHERE kind = 'table' AND can_write) AS tables_written,
    count(*) FILTER (WHERE kind = 'source' AND can_read) AS sources_read,
    count(*) FILTER (WHERE kind = 'source' AND can_write) AS sources_written
FROM (
    SELECT
        rolname,
        CASE
            WHEN relnamespace <> quote_ident(:'schema')::regnamespace THEN 'source'
            WHEN relkind = 'v' THEN 'view'
            ELSE 'table'
        END AS kind,
        has_table_privilege(rolname, pg_class.oid, 'SELECT') AS can_read,
        has_table_privilege(rolname, pg_class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS can_write
    FROM pg_class
    CROSS JOIN pg_roles
    WHERE rolname IN (:'owner', :'job', :'reader')
        AND relkind IN ('r', 'v', 'm', 'p', 'f')
        AND (
            relnamespace = quote_ident(:'schema')::regnamespace
            OR (
                relnamespace = quote_ident(:'source_schema')::regnamespace
                AND relname = ANY (string_to_array(:'sources', ','))
            )
        )
) AS rights
GROUP BY rolname
ORDER BY rolname;
