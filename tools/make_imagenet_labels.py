"""Make www/models/imagenet-1k.json: the names of ImageNet's 1000 classes as torchvision gives them, in index order.

Needs: pip install torchvision
Run:   python tools/make_imagenet_labels.py
"""

import json
from pathlib import Path

from torchvision.models._meta import _IMAGENET_CATEGORIES

LABELS = Path(__file__).parent.parent / "www" / "models" / "imagenet-1k.json"


def main():
    LABELS.write_text(json.dumps(_IMAGENET_CATEGORIES, indent=0, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
