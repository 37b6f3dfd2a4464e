import type { Session } from "@kerbside/proto/routes/accounts";
import { ActionIcon, Menu, Title, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconLogout, IconMoon, IconSun, IconUser } from "@tabler/icons-react";
import { ShortcutSheet } from "./shortcuts/shortcut-sheet.tsx";

export interface HeaderProps {
  readonly session: Session;
  /** Somebody wants to search, wherever they are. */
  readonly onSearch: () => void;
  readonly onSignOut: () => void;
}

export function Header({ session, onSearch, onSignOut }: HeaderProps) {
  const { setColorScheme } = useMantineColorScheme();
  const look = useComputedColorScheme("light");
  const { user, organization } = session;
  return (
    <header className="mc-head">
      <div className="mc-brand">
        <Title order={1} size="h5">
          Mission control
        </Title>
        <span className="mc-organization kb-quiet">{organization.name}</span>
      </div>
      <ShortcutSheet onSearch={onSearch} />
      <ActionIcon
        variant="subtle"
        color="gray"
        size={44}
        aria-label={look === "light" ? "Dark colours" : "Light colours"}
        onClick={() => setColorScheme(look === "light" ? "dark" : "light")}
      >
        {look === "light" ? <IconMoon size={20} aria-hidden /> : <IconSun size={20} aria-hidden />}
      </ActionIcon>
      <Menu position="bottom-end" withArrow shadow="md">
        <Menu.Target>
          <button type="button" className="mc-user kb-target" aria-label={`${user.name}, account`}>
            <IconUser size={20} aria-hidden />
            <span className="mc-user-name">{user.name}</span>
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {user.name}, {user.role}
            <br />
            {user.email}
          </Menu.Label>
          <Menu.Item leftSection={<IconLogout size={18} aria-hidden />} onClick={onSignOut}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </header>
  );
}
