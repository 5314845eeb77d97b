-- A pulse dies by the machine's ticks, not by its clock: a clock that is set back must not open a drawer late. Those that
-- wait under the old rule are dead: the app that made them is gone.
DROP INDEX drawer_job_open;
DROP INDEX drawer_job_of_sale;
ALTER TABLE drawer_job RENAME TO drawer_job_by_clock;
-- Pulses of the drawer: waiting, sent, expired. Recorded before they are sent; at most once.
CREATE TABLE drawer_job (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    sale BLOB,
    state TEXT NOT NULL,
    boot BLOB NOT NULL, -- the run of the machine in which the ticks count
    expires_ticks_ms INTEGER NOT NULL
) STRICT;
INSERT INTO drawer_job (number, id, sale, state, boot, expires_ticks_ms)
    SELECT number, id, sale, iif(state = 'waiting', 'expired', state), zeroblob(16), 0 FROM drawer_job_by_clock;
DROP TABLE drawer_job_by_clock;
CREATE INDEX drawer_job_open ON drawer_job (state) WHERE state = 'waiting';
CREATE INDEX drawer_job_of_sale ON drawer_job (sale);
