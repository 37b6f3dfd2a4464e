import type { Handlers } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { answerPage, pageOf } from "@kerbside/proto/base/page";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import type { robotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
import { commandHandlers, type CommandHandlerPorts } from "./commands/handlers.ts";
import { robotFor } from "./robots/robot-for.ts";
import { toColumns } from "./timeline/heartbeats.ts";
import { readHeartbeats } from "./timeline/heartbeats.pg.ts";
import { toPageEnd } from "./timeline/position.ts";
import { quarantineView, readQuarantine } from "./timeline/quarantine.pg.ts";
import { readTimeline } from "./timeline/timeline.pg.ts";

const heartbeatSpanMaxMs = 3_600_000;

export function gatewayHandlers(ports: CommandHandlerPorts): Handlers<typeof robotGatewayRoutes> {
  const { db } = ports;
  return {
    ...commandHandlers(ports),

    async listTimeline({ params, query, principal }) {
      const { robotId } = await robotFor(db, params.robot_id, principal);
      const page = pageOf(query);
      const types = query.type?.split(",").filter((type) => type !== "") ?? [];
      const { after, before } = query;
      const rows = await readTimeline(db, { robotId, types, after, before, end: page.after, max: page.limit });
      return answerPage(rows, page, {
        view: (row) => row,
        end: ({ event_time, ...row }) => toPageEnd({ eventTime: event_time, ...row }),
      });
    },

    async getHeartbeats({ params, query, principal }) {
      const { robotId } = await robotFor(db, params.robot_id, principal);
      const fromMs = fromInstant(query.after);
      const toMs = fromInstant(query.before);
      if (toMs <= fromMs || toMs - fromMs > heartbeatSpanMaxMs) {
        const message = "must be after `after`, by one hour at most";
        throw new Fault("invalid_request", {}, [{ pointer: "/query/before", message }]);
      }
      const batches = await readHeartbeats(db, { robotId, after: toInstant(fromMs), before: toInstant(toMs) });
      return toColumns(batches, { fromMs, toMs });
    },

    async listQuarantine({ params, query, principal }) {
      const { robotId } = await robotFor(db, params.robot_id, principal);
      const page = pageOf(query);
      const rows = await readQuarantine(db, { robotId, end: page.after, max: page.limit });
      return answerPage(rows, page, {
        view: quarantineView,
        end: ({ firstAt, quarantineId }) => ({ createdAt: firstAt, id: quarantineId }),
      });
    },
  };
}
