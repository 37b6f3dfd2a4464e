import { browserClock } from "@kerbside/apps-kit/time/clock.browser.ts";
import { Button, Text } from "@mantine/core";
import { IconLockOpen } from "@tabler/icons-react";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { type Hold, holdMs, type Press, restingHold, stepHold } from "./hold.ts";
import "./open-button.css";

export interface OpenButtonProps {
  /** Why it cannot be pressed; null when it can. */
  readonly whyNot: string | null;
  readonly isBusy: boolean;
  readonly onOpen: () => void;
}

/** A click this soon after a release belongs to it. */
const ownClickMs = 100;

/** Hold to open, or press twice. */
export function OpenButton({ whyNot, isBusy, onOpen }: OpenButtonProps) {
  const [hold, setHold] = useState<Hold>(restingHold);
  /** Whether a finger or a key is on it, and when it was let go: the clicks that they make are no presses of their own. */
  const touch = useRef({ isDown: false, upAtMs: Number.NEGATIVE_INFINITY });
  const isOff = whyNot !== null || isBusy;

  const press = (type: Press["type"]): void => {
    if (isOff) return;
    const next = stepHold(hold, { type, atMs: browserClock.monotonic() });
    setHold(next.hold);
    if (next.opens) onOpen();
  };
  const touchDown = (): void => {
    touch.current.isDown = true;
    press("down");
  };
  const touchUp = (): void => {
    touch.current = { isDown: false, upAtMs: browserClock.monotonic() };
    if (hold.downAtMs !== null) press("up");
  };
  const letGo = (): void => {
    touch.current.isDown = false;
    setHold((before) => ({ ...before, downAtMs: null }));
  };

  const heldLongEnough = useEffectEvent(() => press("up"));
  const { downAtMs } = hold;
  useEffect(() => {
    if (downAtMs === null) return;
    const stopping = new AbortController();
    browserClock.sleep(holdMs + 20, stopping.signal).then(heldLongEnough, () => undefined);
    return () => stopping.abort();
  }, [downAtMs]);

  return (
    <div>
      <Button
        fullWidth
        size="xl"
        h={72}
        className="open-button"
        data-held={downAtMs !== null}
        aria-disabled={isOff}
        aria-busy={isBusy}
        data-disabled={isOff}
        leftSection={<IconLockOpen size={28} aria-hidden />}
        aria-describedby="open-how"
        onPointerDown={touchDown}
        onPointerUp={touchUp}
        onPointerLeave={letGo}
        onPointerCancel={letGo}
        onBlur={letGo}
        onKeyDown={({ key, repeat }) => {
          if ((key === " " || key === "Enter") && !repeat) touchDown();
        }}
        onKeyUp={touchUp}
        onClick={() => {
          const { isDown, upAtMs } = touch.current;
          if (!isDown && browserClock.monotonic() - upAtMs > ownClickMs) press("click");
        }}
        onContextMenu={(event) => event.preventDefault()}
      >
        {isBusy ? "Opening…" : "Hold to open"}
      </Button>
      <Text id="open-how" size="sm" ta="center" mt="xs" className="kb-quiet" role="status">
        {whyNot ?? howText(isBusy, hold)}
      </Text>
    </div>
  );
}

function howText(isBusy: boolean, { askedAtMs }: Hold): string {
  if (isBusy) return "The robot is being asked.";
  return askedAtMs === null ? "Hold the button for a second, or press it twice." : "Press once more to open.";
}
