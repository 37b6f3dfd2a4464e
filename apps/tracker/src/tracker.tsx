import { ConnectionBanner } from "@kerbside/apps-kit/live/connection-banner.tsx";
import { minuteText } from "@kerbside/apps-kit/time/local.browser.ts";
import type { TrackingView } from "@kerbside/proto/routes/deliveries";
import { Button, Center, Container, Loader, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { tokenOf } from "./link/link.ts";
import { useMoment, useTracking } from "./link/use-tracking.browser.ts";
import { TrackerMap } from "./map/tracker-map.tsx";
import { Opening } from "./opening/opening.tsx";
import { Steps } from "./steps/steps.tsx";
import { stepsOf, storyOf } from "./story.ts";
import "./tracker.css";

/** The customer's page. Whoever has the link sees it, without a login. */
export function Tracker() {
  const token = tokenOf(window.location.hash);
  return token === null ? <Refused /> : <Followed token={token} />;
}

function Followed({ token }: { readonly token: string }) {
  const [linkId, setLinkId] = useState<string | null>(null);
  if (linkId === null) return <First token={token} onKnown={setLinkId} />;
  return <Live token={token} principal={`customer:${linkId}`} />;
}

/** Until the server has said whose page this is, there is nothing to follow. */
function First({ token, onKnown }: { readonly token: string; readonly onKnown: (linkId: string) => void }) {
  const tracking = useTracking(token, "");
  if (tracking.at === "known") queueMicrotask(() => onKnown(tracking.view.link_id));
  if (tracking.at === "refused") return <Refused />;
  if (tracking.at === "unreachable") return <Unreachable why={tracking.why} />;
  return <Waiting />;
}

function Live({ token, principal }: { readonly token: string; readonly principal: string }) {
  const { moment, status } = useMoment(principal, token);
  const tracking = useTracking(token, moment);
  if (tracking.at === "refused") return <Refused />;
  if (tracking.at === "unreachable") return <Unreachable why={tracking.why} />;
  if (tracking.at === "asking") return <Waiting />;
  return (
    <>
      <ConnectionBanner statuses={[status]} />
      <Container component="main" size="xs" py="lg">
        <Stack gap="lg">
          <Head view={tracking.view} />
          <Opening view={tracking.view} token={token} />
          <Paper withBorder p="md">
            <Steps steps={stepsOf(tracking.view.steps)} />
          </Paper>
          {isUnderWay(tracking.view) && <TrackerMap principal={principal} token={token} />}
          <Text size="xs" className="kb-quiet">
            To {tracking.view.dropoff_text}. Map data © OpenStreetMap contributors.
          </Text>
        </Stack>
      </Container>
    </>
  );
}

function Head({ view }: { readonly view: TrackingView }) {
  const { sentence, next, tone } = storyOf(view);
  const window = isUnderWay(view) ? etaText(view) : null;
  return (
    <header aria-live="polite">
      <Text size="sm" className="kb-quiet">
        From {view.merchant_name}
      </Text>
      <Title order={1} size="h2" className={tone === "bad" || tone === "warn" ? "kb-tone-warn-text" : ""}>
        {sentence}
      </Title>
      {window !== null && (
        <Text size="xl" fw={700}>
          {window}
        </Text>
      )}
      <Text>{next}</Text>
      {view.waits_until !== null && <Text fw={600}>It waits until {minuteText(Date.parse(view.waits_until))}.</Text>}
    </header>
  );
}

/** An honest window, never one minute that nobody can promise. */
function etaText({ state, eta_dropoff_p50_at: p50, eta_dropoff_p90_at: p90 }: TrackingView): string | null {
  if (state === "arrived_at_dropoff" || p50 === null || p90 === null) return null;
  return `Arrives ${minuteText(Date.parse(p50))} – ${minuteText(Date.parse(p90))}`;
}

function isUnderWay({ state }: TrackingView): boolean {
  return !["delivered", "returned", "cancelled", "failed"].includes(state);
}

function Waiting() {
  return (
    <Container component="main" size="xs" py="lg" aria-label="Loading your delivery">
      <Stack>
        <Skeleton height={28} width="70%" />
        <Skeleton height={22} width="45%" />
        <Skeleton height={160} />
        <Center>
          <Loader size="sm" aria-label="Loading" />
        </Center>
      </Stack>
    </Container>
  );
}

function Refused() {
  return (
    <Container component="main" size="xs" py="xl">
      <Title order={1} size="h2">
        This link does not work
      </Title>
      <Text mt="sm">It may have expired, or part of it was lost on the way. Ask whoever sent it for a new one.</Text>
    </Container>
  );
}

function Unreachable({ why }: { readonly why: string }) {
  return (
    <Container component="main" size="xs" py="xl" role="alert">
      <Title order={1} size="h2">
        No connection
      </Title>
      <Text my="sm">
        {why} If the robot is in front of you, the six digits on its keypad open it without a network.
      </Text>
      <Button onClick={() => window.location.reload()}>Try again</Button>
    </Container>
  );
}
