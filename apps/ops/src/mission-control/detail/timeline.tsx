import { type TimelineItem, Timeline } from "@kerbside/apps-kit/timeline/timeline.tsx";
import { useCall } from "@kerbside/apps-kit/api/use-call.browser.ts";
import type { TimelineEntry } from "@kerbside/proto/routes/robot-gateway";
import { api } from "../../api.ts";
import { entryText } from "./entry-text.ts";

const shown = 30;

/** What the robot recorded, newest first. Read again whenever something about the robot changed. */
export function RobotTimeline({ robotId, changedAt }: { readonly robotId: string; readonly changedAt: string }) {
  const { data, problem } = useCall({ subject: `timeline/${robotId}`, moment: changedAt }, async (signal) => {
    const { items } = await api.robotGateway.listTimeline(
      { params: { robot_id: robotId }, query: { limit: shown } },
      signal,
    );
    return items;
  });
  return <Timeline items={data?.map(itemOf) ?? null} problem={problem} empty="The robot has recorded nothing yet." />;
}

function itemOf(entry: TimelineEntry): TimelineItem {
  const { text, tone } = entryText(entry);
  return {
    key: `${entry.stream}/${entry.epoch}/${entry.seq}`,
    atMs: Date.parse(entry.event_time),
    learnedMs: Date.parse(entry.recorded_time),
    text,
    tone,
  };
}
