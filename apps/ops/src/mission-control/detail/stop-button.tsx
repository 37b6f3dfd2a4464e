import { Button } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";

/**
 * One press stops the wheels; no question is asked first. It stays a STOP whatever the robot does, so that a second
 * press in haste never lets go.
 */
export function StopButton({ onStop }: { readonly onStop: () => void }) {
  return (
    <Button
      size="md"
      className="kb-stop kb-danger"
      leftSection={<IconHandStop size={20} aria-hidden />}
      onClick={onStop}
    >
      STOP
    </Button>
  );
}
