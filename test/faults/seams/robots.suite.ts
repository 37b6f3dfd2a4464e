import { randomUUID } from "node:crypto";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { robotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
import { stateRoutes } from "@kerbside/proto/routes/state";
import { beforeAll, describe, expect, test } from "vitest";
import { type Sent, send } from "../world/call.ts";
import { Journal } from "../world/journal.ts";
import { until, type World } from "../world/world.ts";

/** A robot that was taken over, and what it can do to others by telling of them. */
export function robotsSuite(world: () => World): void {
  describe("a robot of the other tenant that tells of our delivery, mission, cycle and command", () => {
    const cycle = randomUUID();
    let command: string;
    beforeAll(async () => {
      command = await identify(world());
      await using ours = await Journal.open(world().platform.mqttUrl, world().aspan.robot);
      await ours.record(
        "p0",
        lid(cycle, "unlock_authorised", world().delivery),
        lid(cycle, "closed_unlocked", world().delivery),
      );
      await until(async () => (await cyclesOf("aspan")).includes(cycle), "our own cycle is known");
      await lie(world(), { cycle, command });
    });
    const cyclesOf = async (tenant: "aspan" | "boran"): Promise<string> => {
      const { robot, people } = world()[tenant];
      return (await read(world(), stateRoutes.listLidCycles, { params: { robot_id: robot.id } }, people.ops.session))
        .text;
    };
    const asOurOps = (endpoint: Parameters<typeof send>[1], params: Sent["params"]) =>
      read(world(), endpoint, params ? { params } : {}, world().aspan.people.ops.session);

    test("moves no delivery", async () => {
      const { text } = await asOurOps(deliveryRoutes.getDelivery, { delivery_id: world().delivery });

      expect(deliveryRoutes.getDelivery.reply.parse(JSON.parse(text))).toMatchObject({
        state: "created",
        robot_id: null,
      });
    });

    test("ends no mission and takes no attempt over", async () => {
      const { sql, mission, attempt, aspan } = world();

      expect(await sql("select status from operations.mission where mission_id = $1", [mission])).toEqual([
        { status: "issued" },
      ]);
      expect(
        await sql("select robot_id, holder, organization_id from operations.attempt where attempt_id = $1", [attempt]),
      ).toEqual([{ robot_id: aspan.robot.id, holder: null, organization_id: aspan.organizationId }]);
    });

    test("adds nothing to the chain of custody", async () => {
      const { text } = await asOurOps(stateRoutes.getCustody, { delivery_id: world().delivery });

      expect(JSON.parse(text)).toEqual({ items: [], holder: null, is_whole: true });
    });

    test("takes no lid cycle over, and shows its people nothing of it", async () => {
      expect(await cyclesOf("aspan")).toContain(cycle);
      expect(await cyclesOf("boran")).not.toContain(cycle);
      expect(await cyclesOf("aspan")).not.toContain("forced_open");
    });

    test("finishes no command", async () => {
      const { getCommand } = robotGatewayRoutes;
      const { text } = await asOurOps(getCommand, { robot_id: world().aspan.robot.id, command_id: command });

      expect(getCommand.reply.parse(JSON.parse(text)).state).not.toBe("succeeded");
    });
  });
}

async function lie(
  { platform, boran, delivery, mission, trip, attempt, log }: World,
  known: { cycle: string; command: string },
): Promise<void> {
  await using theirs = await Journal.open(platform.mqttUrl, boran.robot);
  const { cycle, command } = known;
  const goods = {
    delivery_id: delivery,
    attempt_id: attempt,
    fencing_token: 1,
    compartment: 0,
    cycle_id: cycle,
    place: null,
  };
  await theirs.record(
    "p0",
    lid(cycle, "open", delivery, ["forced_open"]),
    { type: "custody_changed", body: { ...goods, from: "merchant", to: "robot" } },
    { type: "custody_changed", body: { ...goods, from: "robot", to: "customer" } },
    { type: "command_finished", body: { command_id: command, outcome: "succeeded", detail: null, reconciled: false } },
  );
  const nobodys = randomUUID();
  const told = {
    trip_id: trip,
    delivery_id: delivery,
    attempt_id: attempt,
    stop: "dropoff",
    place: null,
    reason: "a lie",
  } as const;
  await theirs.record(
    "p1",
    { type: "mission_progressed", body: { ...told, mission_id: mission, happened: "arrived" } },
    { type: "mission_progressed", body: { ...told, mission_id: mission, happened: "aborted" } },
    { type: "mission_progressed", body: { ...told, mission_id: nobodys, happened: "completed" } },
  );
  await until(async () => log().includes(nobodys), "operations has heard all of it");
}

function lid(cycle_id: string, to: string, delivery_id: string, flags: "forced_open"[] = []) {
  const body = {
    cycle_id,
    compartment: 0,
    event: "sensed",
    from: "closed_locked",
    to,
    flags,
    purpose: null,
    delivery_id,
    authorisation: null,
  };
  return { type: "lid_changed", body } as const;
}

async function identify(world: World): Promise<string> {
  const { sendCommand } = robotGatewayRoutes;
  const sent = { params: { robot_id: world.aspan.robot.id }, body: { kind: "identify" } };
  const { text } = await read(world, sendCommand, sent, world.aspan.people.ops.session);
  return sendCommand.reply.parse(JSON.parse(text)).command_id;
}

async function read(
  world: World,
  endpoint: Parameters<typeof send>[1],
  sent: Sent,
  session: Readonly<Record<string, string>>,
) {
  const answered = await send(world.platform.url, endpoint, sent, session);
  if (answered.status >= 300) throw new Error(`${endpoint.path}: ${answered.status} ${answered.text}`);
  return answered;
}
