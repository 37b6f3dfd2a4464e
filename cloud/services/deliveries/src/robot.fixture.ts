import type { Started } from "@kerbside/cloud-kit/service.harness";
import type { Actor } from "@kerbside/proto/base/actor";
import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import {
  commandChanged,
  custodyChanged,
  grantRevoked,
  lidChanged,
  missionProgressed,
} from "@kerbside/proto/events/robots";
import type { JournalBody } from "@kerbside/proto/robot/journal";
import type { Delivery, deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { ids } from "./people.fixture.ts";

/** Says what a robot's journal would bring up, in the order and at the times that the test chooses. */
export class ReportingRobot {
  readonly id: string;
  readonly #started: Started<typeof deliveryRoutes>;
  readonly #clock: Clock;
  #seq = 0;

  constructor(id: string, started: Started<typeof deliveryRoutes>, clock: Clock) {
    this.id = id;
    this.#started = started;
    this.#clock = clock;
  }

  /** The next position of its mission stream, for reports that are to come in another order. */
  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  async mission(
    { delivery_id, attempt_id }: Pick<Delivery, "delivery_id" | "attempt_id">,
    happened: JournalBody<"mission_progressed">["happened"],
    about: {
      readonly stop: JournalBody<"mission_progressed">["stop"];
      readonly reason?: string;
      readonly at?: number;
      readonly seq?: number;
    },
  ): Promise<void> {
    await this.#started.deliver(missionProgressed, {
      ...this.#envelope(about.at),
      robot_seq: { epoch: 1, stream: "p1", seq: about.seq ?? this.nextSeq() },
      body: {
        robot_id: this.id,
        mission_id: crypto.randomUUID(),
        trip_id: null,
        delivery_id,
        attempt_id,
        happened,
        stop: about.stop,
        place: null,
        reason: about.reason ?? null,
      },
    });
  }

  async custody(
    { delivery_id, attempt_id }: Pick<Delivery, "delivery_id" | "attempt_id">,
    [from, to]: readonly [JournalBody<"custody_changed">["from"], JournalBody<"custody_changed">["to"]],
    at?: number,
  ): Promise<void> {
    await this.#started.deliver(custodyChanged, {
      ...this.#envelope(at),
      body: {
        robot_id: this.id,
        delivery_id,
        attempt_id: attempt_id ?? crypto.randomUUID(),
        fencing_token: 1,
        compartment: 0,
        from,
        to,
        cycle_id: crypto.randomUUID(),
        place: null,
      },
    });
  }

  async lid(
    { delivery_id }: Pick<Delivery, "delivery_id">,
    [from, to]: readonly [string, string],
    about: {
      readonly purpose: "load" | "unload";
      readonly authorisation: { kind: "command" | "grant"; id: string };
      readonly at?: number;
    },
  ): Promise<void> {
    const { purpose, authorisation } = about;
    await this.#started.deliver(lidChanged, {
      ...this.#envelope(about.at),
      body: {
        robot_id: this.id,
        cycle_id: crypto.randomUUID(),
        compartment: 0,
        event: "lid_opened",
        from,
        to,
        flags: [],
        purpose,
        delivery_id,
        authorisation,
      },
    });
  }

  async command(deliveryId: string, commandId: string, [from, to]: readonly [string, string]): Promise<void> {
    await this.#started.deliver(commandChanged, {
      ...this.#envelope(),
      body: {
        robot_id: this.id,
        command_id: commandId,
        kind: "open_lid",
        from,
        to,
        reason: null,
        delivery_id: deliveryId,
      },
    });
  }

  async revoked(grantId: string, wasUsed: boolean, at?: number): Promise<void> {
    await this.#started.deliver(grantRevoked, {
      ...this.#envelope(at),
      body: { robot_id: this.id, grant_id: grantId, delivery_id: null, was_used: wasUsed },
    });
  }

  /** As far as standing at the store. */
  async reachesStore(delivery: Delivery): Promise<void> {
    await this.mission(delivery, "accepted", { stop: "pickup" });
    await this.mission(delivery, "departed", { stop: "pickup" });
    await this.mission(delivery, "arrived", { stop: "pickup" });
  }

  /** As far as standing at the customer's door, loaded. */
  async reachesDoor(delivery: Delivery): Promise<void> {
    await this.reachesStore(delivery);
    await this.custody(delivery, ["merchant", "robot"]);
    await this.mission(delivery, "departed", { stop: "dropoff" });
    await this.mission(delivery, "arrived", { stop: "dropoff" });
  }

  #envelope(at = this.#clock.now()) {
    const actor: Actor = { kind: "robot", id: this.id };
    return { subject_id: this.id, organization_id: ids.organization, event_time: toInstant(at), actor };
  }
}
