-- A memory as the first layout was, with one session in it. Never changed: it stands for the files that users have.
PRAGMA journal_mode = WAL;
CREATE TABLE sessions (number INTEGER PRIMARY KEY AUTOINCREMENT, began TEXT NOT NULL, version TEXT NOT NULL, language TEXT NOT NULL, program TEXT NOT NULL, client TEXT NOT NULL, partner TEXT NOT NULL, journal TEXT NOT NULL, screened INTEGER NOT NULL DEFAULT 0, outcome TEXT, lasted REAL) STRICT;
CREATE TABLE holds (session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, at REAL NOT NULL, stretch TEXT NOT NULL, side TEXT NOT NULL, repetition INTEGER NOT NULL, goal INTEGER NOT NULL, seconds REAL, ending TEXT) STRICT;
CREATE TABLE eases (session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, at REAL NOT NULL, stretch TEXT NOT NULL, side TEXT NOT NULL, repetition INTEGER NOT NULL, phase TEXT NOT NULL, by TEXT NOT NULL) STRICT;
CREATE TABLE stops (session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, at REAL NOT NULL, stretch TEXT NOT NULL, side TEXT NOT NULL, repetition INTEGER NOT NULL, phase TEXT NOT NULL, cause TEXT NOT NULL) STRICT;
CREATE TABLE answers (session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, at REAL NOT NULL, stretch TEXT NOT NULL, side TEXT NOT NULL, repetition INTEGER NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL) STRICT;
CREATE INDEX holds_of_session ON holds (session);
CREATE INDEX eases_of_session ON eases (session);
CREATE INDEX stops_of_session ON stops (session);
CREATE INDEX answers_of_session ON answers (session);
INSERT INTO sessions VALUES (7, '2026-10-01T18:30:00+02:00', '0.1.0', 'en', 'lower-back', 'Anna', 'Ben', '/journals/one.jsonl', 1, 'completed', 2500.5);
INSERT INTO holds VALUES (7, 700.0, 'spinal-twist', 'left', 2, 25, 25.0, 'complete');
INSERT INTO eases VALUES (7, 710.0, 'spinal-twist', 'left', 2, 'hold', 'word');
INSERT INTO stops VALUES (7, 800.0, 'spinal-twist', 'left', 2, 'hold', 'stop');
INSERT INTO answers VALUES (7, 740.0, 'spinal-twist', 'left', 2, 'too-much', 'no');
PRAGMA user_version = 1;
