"""The database: tables, migrations, views, bulk reading and writing, the ledger, the lock. Knows no model."""
