import { apiClient } from "@kerbside/apps-kit/api/client.browser.ts";
import { faultText } from "@kerbside/apps-kit/api/fault-text.ts";
import { newRequestId } from "@kerbside/apps-kit/api/request-id.browser.ts";
import { deliveryRoutes } from "@kerbside/apps-kit/api/routes.ts";
import type { TrackingView } from "@kerbside/proto/routes/deliveries";
import { isUnlockUnderWay, unlockTexts } from "@kerbside/proto/states/unlock";
import { Alert, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { OpenButton } from "./open-button.tsx";

/** Opening the lid: the button, what became of the last press, and the digits that work without a network. */
export function Opening({ view, token }: { readonly view: TrackingView; readonly token: string }) {
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  if (view.scope === "view") {
    return (
      <Text size="sm" className="kb-quiet">
        This link shows the delivery. Only the person who ordered can open the robot.
      </Text>
    );
  }
  const open = async (): Promise<void> => {
    setAsking(true);
    try {
      const client = apiClient(deliveryRoutes, () => ({ authorization: `Bearer ${token}` }));
      await client.openForCustomer({ body: { request_id: newRequestId() } });
      setProblem(null);
    } catch (cause) {
      setProblem(faultText(cause));
    }
    setAsking(false);
  };
  const last = view.last_unlock;
  const isUnderWay = last !== null && isUnlockUnderWay[last.status];
  return (
    <Stack gap="sm">
      {(view.can_open || view.state === "arrived_at_dropoff") && (
        <OpenButton whyNot={view.can_open ? null : view.why_not} isBusy={isAsking} onOpen={() => void open()} />
      )}
      {last !== null && view.state === "arrived_at_dropoff" && (
        <Alert variant="light" color={isUnderWay ? "kerb" : "orange"} role="status">
          {unlockTexts[last.status]}
        </Alert>
      )}
      {problem !== null && (
        <Alert color="red" variant="light" role="alert">
          {problem}
        </Alert>
      )}
      {view.pin !== null && <Pin pin={view.pin} />}
    </Stack>
  );
}

function Pin({ pin }: { readonly pin: string }) {
  return (
    <div className="tracker-pin">
      <Text size="sm" className="kb-quiet">
        No network at the robot? Type this on its keypad:
      </Text>
      <Text
        fz={32}
        fw={700}
        style={{ letterSpacing: "0.2em", fontVariantNumeric: "tabular-nums" }}
        aria-label={pin.split("").join(" ")}
      >
        {pin.slice(0, 3)} {pin.slice(3)}
      </Text>
    </div>
  );
}
