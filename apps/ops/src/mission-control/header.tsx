import type { Session } from "@kerbside/proto/routes/accounts";
import {
  ActionIcon,
  Button,
  Group,
  Menu,
  Text,
  Title,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { IconLogout, IconMoon, IconSun, IconUser } from "@tabler/icons-react";

export interface HeaderProps {
  readonly session: Session;
  readonly onSignOut: () => void;
}

export function Header({ session, onSignOut }: HeaderProps) {
  const { setColorScheme } = useMantineColorScheme();
  const look = useComputedColorScheme("light");
  return (
    <header className="mc-head">
      <div style={{ flex: 1, minWidth: 0 }}>
        <Title order={1} size="h4" style={{ lineHeight: 1.2 }}>
          Mission control
        </Title>
        <Text size="xs" className="kb-quiet" truncate>
          {session.organization.name}
        </Text>
      </div>
      <Group gap="xs" wrap="nowrap">
        <ActionIcon
          variant="subtle"
          size={40}
          aria-label={look === "light" ? "Dark colours" : "Light colours"}
          onClick={() => setColorScheme(look === "light" ? "dark" : "light")}
        >
          {look === "light" ? <IconMoon size={20} aria-hidden /> : <IconSun size={20} aria-hidden />}
        </ActionIcon>
        <Menu position="bottom-end" withArrow>
          <Menu.Target>
            <Button variant="subtle" leftSection={<IconUser size={18} aria-hidden />} maw={180}>
              {session.user.name}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>
              {session.user.email} · {session.user.role}
            </Menu.Label>
            <Menu.Item leftSection={<IconLogout size={18} aria-hidden />} onClick={onSignOut}>
              Sign out
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
    </header>
  );
}
