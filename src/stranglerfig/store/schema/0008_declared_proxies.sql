-- The manifest that a proxy is deployed from: APP/ENVIRONMENT/MANIFEST, empty for none.

ALTER TABLE proxy ADD COLUMN declared_by TEXT NOT NULL DEFAULT '';
