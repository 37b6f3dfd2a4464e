import { ConnectionBanner } from "@kerbside/apps-kit/live/connection-banner.tsx";
import { minuteText, windowText } from "@kerbside/apps-kit/time/local.browser.ts";
import { useNow } from "@kerbside/apps-kit/time/use-now.browser.ts";
import type { TrackingView } from "@kerbside/proto/routes/deliveries";
import { Paper, Stack, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { type Arrival, arrivalOf, isComing, silentSince } from "./arrival.ts";
import { tokenOf } from "./link/link.ts";
import { type Tracking, useMoment, useTracking } from "./link/use-tracking.browser.ts";
import { TrackerMap } from "./map/tracker-map.tsx";
import { Refused, Unreachable, Waiting } from "./notices.tsx";
import { Opening } from "./opening/opening.tsx";
import { Share } from "./share/share.tsx";
import { milestonesOf } from "./steps/milestones.ts";
import { Steps } from "./steps/steps.tsx";
import { storyOf } from "./story.ts";
import "./tracker.css";

/** The customer's page. Whoever has the link sees it, without a login. */
export function Tracker() {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const read = (): void => setHash(window.location.hash);
    window.addEventListener("hashchange", read);
    return () => window.removeEventListener("hashchange", read);
  }, []);
  const token = tokenOf(hash);
  return token === null ? <Refused /> : <Followed key={token} token={token} />;
}

function Followed({ token }: { readonly token: string }) {
  const [linkId, setLinkId] = useState<string | null>(null);
  if (linkId === null) return <First token={token} onKnown={setLinkId} />;
  return <Live token={token} principal={`customer:${linkId}`} />;
}

/** Until the server has said whose page this is, there is nothing to follow. */
function First({ token, onKnown }: { readonly token: string; readonly onKnown: (linkId: string) => void }) {
  const tracking = useTracking(token, "");
  const linkId = tracking.at === "known" ? tracking.view.link_id : null;
  useEffect(() => {
    if (linkId !== null) onKnown(linkId);
  }, [linkId, onKnown]);
  return tracking.at === "known" ? <Waiting /> : <Without tracking={tracking} />;
}

function Live({ token, principal }: { readonly token: string; readonly principal: string }) {
  const { moment, status } = useMoment(principal, token);
  const tracking = useTracking(token, moment);
  if (tracking.at !== "known") return <Without tracking={tracking} />;
  const { view, again } = tracking;
  const isExpected = isComing(view.state) || view.state === "arrived_at_dropoff";
  return (
    <>
      <ConnectionBanner statuses={[status]} />
      <main className="tracker">
        <Stack gap="md" className="tracker-words">
          <Head view={view} />
          <Opening view={view} token={token} onOrdered={again} />
          <Paper withBorder px="md" py="sm">
            <Steps milestones={milestonesOf(view)} />
          </Paper>
        </Stack>
        {isExpected && <TrackerMap principal={principal} token={token} />}
        {isExpected && view.scope === "unlock" && <Share token={token} />}
      </main>
    </>
  );
}

function Without({ tracking }: { readonly tracking: Exclude<Tracking, { at: "known" }> }) {
  switch (tracking.at) {
    case "asking":
      return <Waiting />;
    case "refused":
      return <Refused />;
    case "unreachable":
      return <Unreachable why={tracking.why} />;
  }
}

function Head({ view }: { readonly view: TrackingView }) {
  const { sentence, next, tone } = storyOf(view);
  return (
    <header className="tracker-head">
      <Text size="sm" className="kb-quiet">
        From {view.merchant_name} to {view.dropoff_text}
      </Text>
      <div role="status">
        <Title order={1} size="h2" className={tone === "bad" || tone === "warn" ? "kb-tone-warn-text" : ""}>
          {sentence}
        </Title>
      </div>
      <When view={view} />
      <Text>{next}</Text>
    </header>
  );
}

/** When it comes, or until when it waits. */
function When({ view }: { readonly view: TrackingView }) {
  const nowMs = useNow();
  if (view.waits_until !== null) {
    const leavesMs = Date.parse(view.waits_until);
    const minutes = Math.ceil((leavesMs - nowMs) / 60_000);
    return (
      <p className="tracker-window">
        Waits until {minuteText(leavesMs)}
        {minutes > 0 && `, ${minutes} min from now`}
      </p>
    );
  }
  const lastHeardMs = silentSince(view, nowMs);
  const words = arrivalText(arrivalOf(view, nowMs));
  return (
    <>
      {words !== null && <p className="tracker-window">{words}</p>}
      {lastHeardMs !== null && (
        <Text size="sm" className="kb-quiet">
          Last heard of at {minuteText(lastHeardMs)}. The time above was expected then.
        </Text>
      )}
    </>
  );
}

function arrivalText(arrival: Arrival): string | null {
  switch (arrival.kind) {
    case "window":
      return `Arrives ${windowText(arrival.fromMs, arrival.toMs)}`;
    case "late":
      return `Running late: arrives ${windowText(arrival.fromMs, arrival.toMs)}, promised by ${minuteText(arrival.promisedMs)}`;
    case "overdue":
      return `Running late: it was expected by ${minuteText(arrival.expectedMs)}`;
    case "none":
      return null;
  }
}
