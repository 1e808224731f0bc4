"""Comments that silence findings."""

from __future__ import annotations

from tests.lint.checks import Folder
from tests.lint.nets import chain

DEAD = chain(14, "xavier", scale=0.0005)


class TestComments:
    """`# c2t: ignore[...]`."""

    def codes(self, folder: Folder) -> set[str]:
        return {f.code for f in folder.lint()}

    def test_on_the_line(self, folder: Folder) -> None:
        line = '    weight_filler { type: "xavier" }'
        text = DEAD.replace(line, f"{line}  # c2t: ignore[C2T201] on purpose", 1)
        assert "C2T201" not in self.codes(folder.write(net=text))

    def test_above_the_line(self, folder: Folder) -> None:
        line = '    weight_filler { type: "xavier" }'
        text = DEAD.replace(line, f"    # c2t: ignore[C2T201] on purpose\n{line}", 1)
        assert "C2T201" not in self.codes(folder.write(net=text))

    def test_for_the_block_that_the_line_opens(self, folder: Folder) -> None:
        text = DEAD.replace('layer {\n  name: "conv1"', 'layer { # c2t: ignore\n  name: "conv1"')
        assert "C2T201" not in self.codes(folder.write(net=text))

    def test_for_the_file(self, folder: Folder) -> None:
        text = "# c2t: ignore[C2T2] a museum piece\n" + DEAD
        assert "C2T201" not in self.codes(folder.write(net=text))

    def test_for_the_file_from_anywhere(self, folder: Folder) -> None:
        assert "C2T201" not in self.codes(folder.write(net=DEAD + "# c2t: ignore-file[201]\n"))

    def test_another_code_is_not_silenced(self, folder: Folder) -> None:
        assert "C2T201" in self.codes(folder.write(net="# c2t: ignore[C2T1]\n" + DEAD))

    def test_a_string_is_no_comment(self, folder: Folder) -> None:
        text = DEAD.replace('name: "chain"', 'name: "# c2t: ignore"')
        assert "C2T201" in self.codes(folder.write(net=text))

    def test_several_comments(self, folder: Folder) -> None:
        line = '    weight_filler { type: "xavier" }'
        first = DEAD.replace(line, f"{line}  # c2t: ignore[C2T1]", 1)
        both = first.replace("layer {", "layer { # c2t: ignore[c2t20, C2T3]")
        assert "C2T201" in self.codes(folder.write(net=first))
        assert "C2T201" not in self.codes(folder.write(net=both))
