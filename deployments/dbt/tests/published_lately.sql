-- Products that readers see an old forecast of. `dbt source freshness` says the same, but not on SQLite, where dbt cannot
-- measure freshness.
{{ config(severity='warn') }}
SELECT product, published_at
FROM {{ source('nightcast', 'rpt_freshness') }}
WHERE published_at < {% if target.type == 'sqlite' %}datetime('now', '-50 hours'){% else %}CURRENT_TIMESTAMP - INTERVAL '50 hours'{% endif %}
