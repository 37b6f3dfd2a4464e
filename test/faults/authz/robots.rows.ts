import type { fleetRoutes } from "@kerbside/proto/routes/fleet";
import type { operationsRoutes } from "@kerbside/proto/routes/operations";
import { robotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
import type { stateRoutes } from "@kerbside/proto/routes/state";
import { send } from "../world/call.ts";
import type { World } from "../world/world.ts";
import type { Rows } from "./row.ts";

const at = ({ aspan }: World) => ({ params: { robot_id: aspan.robot.id } });
const listed = (world: World) => ({ ...at(world), query: { limit: 200 } });

/** A command that its giver can take back: the robot is not connected. */
async function command({ platform, aspan }: World) {
  const params = { robot_id: aspan.robot.id };
  const { sendCommand } = robotGatewayRoutes;
  const { text } = await send(
    platform.url,
    sendCommand,
    { params, body: { kind: "identify" } },
    aspan.people.ops.session,
  );
  const { command_id } = sendCommand.reply.parse(JSON.parse(text));
  return { params: { ...params, command_id } };
}

export const gatewayRows: Rows<typeof robotGatewayRoutes> = {
  sendCommand: { target: "tenant", aim: (world) => ({ ...at(world), body: { kind: "identify" } }) },
  listCommands: { target: "tenant", aim: listed },
  getCommand: { target: "tenant", aim: command },
  cancelCommand: { target: "tenant", aim: command },
  listTimeline: { target: "tenant", aim: listed },
  getHeartbeats: {
    target: "tenant",
    aim: (world) => ({ ...at(world), query: { after: "2026-01-05T08:00:00Z", before: "2026-01-05T08:30:00Z" } }),
  },
  listQuarantine: { target: "tenant", aim: listed },
};

export const stateRows: Rows<typeof stateRoutes> = {
  getRobotState: { target: "tenant", aim: at },
  listStateChanges: { target: "tenant", aim: listed },
  requestTransition: {
    target: "tenant",
    aim: (world) => ({ ...at(world), body: { dimension: "service", to: "in_service", reason: "the matrix asked" } }),
    also: ["transition_not_legal"],
  },
  listTransitionRequests: { target: "tenant", aim: listed },
  listLidCycles: { target: "tenant", aim: listed },
  getCustody: { target: "tenant", aim: ({ delivery }) => ({ params: { delivery_id: delivery } }) },
};

export const fleetRows: Rows<typeof fleetRoutes> = {
  listRobots: { target: "own", aim: () => ({ query: { limit: 200 } }) },
  getRobot: { target: "tenant", aim: at },
  countRobots: { target: "own", aim: () => ({ query: {} }) },
  nearestRobots: { target: "own", aim: () => ({ query: { lat: 51, lng: 71, limit: 50 } }) },
};

export const operationsRows: Rows<typeof operationsRoutes> = {
  listTrips: { target: "own", aim: () => ({ query: { limit: 200 } }) },
  getTrip: { target: "tenant", aim: ({ trip }) => ({ params: { trip_id: trip } }) },
  listMissions: { target: "own", aim: () => ({ query: { limit: 200 } }) },
};
