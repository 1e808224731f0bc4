"""Turn a foreign dataset into a database that a Data layer reads.

The database appears when it is complete. An interrupted import begins anew; there is no --resume.
"""

from __future__ import annotations

from pathlib import Path

from caffe2torch.commands._folder import CommandFolder

GROUP = "data"
EXAMPLE = "c2t import folder photos photos_lmdb --val 10%"

command = CommandFolder("caffe2torch.commands.import_", Path(__file__).parent, help=__doc__)
