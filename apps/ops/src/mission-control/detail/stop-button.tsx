import { Button } from "@mantine/core";
import { IconHandStop, IconPlayerPlay } from "@tabler/icons-react";

export interface StopButtonProps {
  readonly isStopped: boolean;
  readonly onStop: () => void;
  readonly onRelease: () => void;
}

/** One press stops the wheels; no question is asked first. Letting go is the other button, in another place. */
export function StopButton({ isStopped, onStop, onRelease }: StopButtonProps) {
  if (isStopped) {
    return (
      <Button variant="default" size="md" leftSection={<IconPlayerPlay size={18} aria-hidden />} onClick={onRelease}>
        Release stop
      </Button>
    );
  }
  return (
    <Button size="md" className="kb-stop" leftSection={<IconHandStop size={20} aria-hidden />} onClick={onStop}>
      STOP
    </Button>
  );
}
