import { apiClient } from "@kerbside/apps-kit/api/client.browser.ts";
import { faultText } from "@kerbside/apps-kit/api/fault-text.ts";
import { newRequestId } from "@kerbside/apps-kit/api/request-id.browser.ts";
import { deliveryRoutes } from "@kerbside/apps-kit/api/routes.ts";
import { Note } from "@kerbside/apps-kit/page/note.tsx";
import type { TrackingView } from "@kerbside/proto/routes/deliveries";
import { isUnlockUnderWay, unlockTexts } from "@kerbside/proto/states/unlock";
import { Stack, Text } from "@mantine/core";
import { useState } from "react";
import { OpenButton } from "./open-button.tsx";
import { Pin } from "./pin.tsx";

export interface OpeningProps {
  readonly view: TrackingView;
  readonly token: string;
  /** After an order went out, so that the page need not wait for the news. */
  readonly onOrdered: () => void;
}

/** Opening the lid: the button, what became of the last press, and the digits that work without a network. */
export function Opening({ view, token, onOrdered }: OpeningProps) {
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const isHere = view.state === "arrived_at_dropoff";
  if (view.scope === "view") {
    return isHere ? (
      <Text size="sm" className="kb-quiet">
        This link shows the delivery. Only the person who ordered can open the robot.
      </Text>
    ) : null;
  }
  const open = async (): Promise<void> => {
    setAsking(true);
    try {
      const client = apiClient(deliveryRoutes, () => ({ authorization: `Bearer ${token}` }));
      await client.openForCustomer({ body: { request_id: newRequestId() } });
      setProblem(null);
      onOrdered();
    } catch (cause) {
      setProblem(faultText(cause));
    }
    setAsking(false);
  };
  const { last_unlock: last, pin } = view;
  if (!isHere && pin === null) return null;
  return (
    <Stack gap="sm">
      {isHere && (
        <OpenButton whyNot={view.can_open ? null : view.why_not} isBusy={isAsking} onOpen={() => void open()} />
      )}
      {isHere && last !== null && (
        <Note tone={isUnlockUnderWay[last.status] ? "active" : "warn"} role="status">
          {unlockTexts[last.status]}
        </Note>
      )}
      {problem !== null && (
        <Note tone="bad" role="alert" title="The robot was not asked to open">
          {problem} {pin !== null && "The six digits below open it, too."}
        </Note>
      )}
      {pin !== null && <Pin pin={pin} isHere={isHere} />}
    </Stack>
  );
}
