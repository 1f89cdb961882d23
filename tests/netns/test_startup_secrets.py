"""A secret in clear in the startup file: never shown, told of once, gone with `write memory`."""

from tests.netns.wires import Wires, eventually, typed

SECRET = "username alice secret wolfinthesnow"


def test_it_is_hashed_at_once_and_told_of(wires: Wires) -> None:
    text = f"hostname R2\n!\n{SECRET}\nend\n"
    gateway = wires.start("R2", text)
    try:
        told = "%SYS-4-SECRET_IN_CLEAR: a secret stands in clear in line 3 of R2.startup-config:"
        assert eventually(lambda: told in typed(gateway, "show logging"))
        running = typed(gateway, "show running-config")
        assert "username alice secret 9 $9$" in running
        assert "wolfinthesnow" not in running
        startup = wires.folder / "R2.startup-config"
        assert SECRET in startup.read_text()
        typed(gateway, "write memory")
        assert "wolfinthesnow" not in startup.read_text()
        assert "wolfinthesnow" not in typed(gateway, "show logging")
    finally:
        gateway.stop()
