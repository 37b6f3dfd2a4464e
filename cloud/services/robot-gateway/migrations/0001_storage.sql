-- Rows that are written over and over keep room beside them, so that no index has to change with them.
alter table uplink_cursor set (fillfactor = 50);
--> statement-breakpoint
alter table latest set (fillfactor = 50);
--> statement-breakpoint
alter table link set (fillfactor = 50);
--> statement-breakpoint
-- Packed heartbeats are as small as they get: trying to compress them again costs and gains nothing.
alter table heartbeats alter column data set storage external;
