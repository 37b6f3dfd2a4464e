import type { Database } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import type { Happenings } from "../happenings.ts";
import { courierEveryMs } from "../uber/news.ts";
import { PgSheets } from "../uber/sheets.pg.ts";
import { tell } from "./messages.pg.ts";
import { courierMessage } from "./payloads.ts";

export interface CourierPorts {
  readonly db: Database;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly happenings: Happenings;
}

const lookEveryMs = 1_000;
const batch = 100;

/** Tells partners who follow the courier where it is, every 20 s while it is on its way. */
export class Couriers {
  readonly #ports: CourierPorts;

  constructor(ports: CourierPorts) {
    this.#ports = ports;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, happenings } = this.#ports;
    while (!signal.aborted) {
      await this.tellAll().catch((error: unknown) => happenings.couriersFailed(error));
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  /** Writes what is due; answers how many deliveries that were. A robot whose place nobody knows is not mentioned. */
  async tellAll(): Promise<number> {
    const { db, clock, newId } = this.#ports;
    const nowMs = clock.now();
    const writing = { newId, nowMs, now: toInstant(nowMs) };
    return db.transaction(async (tx) => {
      const sheets = new PgSheets(tx);
      const followed = await sheets.followed(nowMs - courierEveryMs, batch);
      for (const { sheet } of followed) {
        const beside = await sheets.beside(sheet);
        if (!beside.place) continue;
        const birth = { eventId: newId(), now: writing.now };
        const payload = courierMessage(sheet, { ...beside, place: beside.place }, birth);
        await tell(tx, { ...sheet, kind: payload.kind, payload }, writing);
      }
      await sheets.noteCourierTold(
        followed.map(({ sheet }) => sheet.deliveryId),
        nowMs,
      );
      return followed.length;
    });
  }
}
