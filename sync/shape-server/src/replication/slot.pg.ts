import type { Client } from "pg";
import { asText } from "../catalog/catalog.pg.ts";
import { quoteText } from "../catalog/names.ts";
import type { Source } from "../log/store.sqlite.ts";
import { parseLsn } from "./lsn.ts";
import type { StreamOptions, StreamStart } from "./sink.ts";

const lockWaitMs = 30_000;
const lockPauseMs = 20;

/** The replication slot, as a replication connection sees it. */
export class Slot {
  readonly #client: Client;
  readonly #options: StreamOptions;

  constructor(client: Client, options: StreamOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * Two servers on one slot would each see half of the changes. The session holds the lock as long as it lives; a dying
   * session lets go of the lock before it lets go of the slot, so both have to be free.
   */
  async lock(signal: AbortSignal): Promise<void> {
    const { clock, slot } = this.#options;
    const deadlineMs = clock.monotonic() + lockWaitMs;
    const steps = [
      `SELECT pg_try_advisory_lock(hashtext(${quoteText(slot)})) AS free`,
      `SELECT NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE slot_name = ${quoteText(slot)} AND active) AS free`,
    ];
    for (const step of steps) {
      while ((await this.#rows(step))[0]?.["free"] !== "t") {
        if (clock.monotonic() > deadlineMs) throw new Error(`another shape server uses the slot "${slot}"`);
        await clock.sleep(lockPauseMs, signal);
      }
    }
  }

  async prepare(): Promise<StreamStart> {
    const { publication, slot } = this.#options;
    const [system] = await this.#rows("IDENTIFY_SYSTEM");
    const [published] = await this.#rows(`SELECT oid FROM pg_publication WHERE pubname = ${quoteText(publication)}`);
    if (!published) throw new Error(`publication "${publication}" does not exist in this database: create it first`);
    const source: Source = {
      systemId: system?.["systemid"] ?? "",
      timeline: system?.["timeline"] ?? "",
      database: system?.["dbname"] ?? "",
      slot,
      publicationOid: published["oid"] ?? "",
    };
    const isNewSlot = await this.#ensureSlot(this.#options.sink.isKnown(source));
    const [state] = await this.#rows(
      `SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = ${quoteText(slot)}`,
    );
    return {
      source,
      isNewSlot,
      confirmed: parseLsn(state?.["confirmed_flush_lsn"] ?? "0/0"),
      flushed: parseLsn(system?.["xlogpos"] ?? "0/0"),
    };
  }

  /** True when the slot had to be made: there was none, it had lost WAL that we need, or it served another log. */
  async #ensureSlot(isKnown: boolean): Promise<boolean> {
    const name = quoteText(this.#options.slot);
    const [slot] = await this.#rows(
      `SELECT plugin, database = current_database() AS here, coalesce(wal_status, 'lost') AS wal
       FROM pg_replication_slots WHERE slot_name = ${name}`,
    );
    if (slot && (slot["plugin"] !== "pgoutput" || slot["here"] !== "t")) {
      throw new Error(`replication slot "${this.#options.slot}" belongs to something else: choose another name`);
    }
    if (slot && slot["wal"] !== "lost" && isKnown) return false;
    if (slot) await this.#rows(`SELECT pg_drop_replication_slot(${name})`);
    await this.#rows(`SELECT pg_create_logical_replication_slot(${name}, 'pgoutput')`);
    return true;
  }

  /** Replication connections speak the simple protocol only, so there are no parameters. */
  async #rows(text: string): Promise<readonly Record<string, string | null>[]> {
    const { rows } = await this.#client.query<Record<string, string | null>>({
      text,
      types: asText,
    });
    return rows;
  }
}
