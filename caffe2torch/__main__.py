"""`python -m caffe2torch` is `c2t`."""

from caffe2torch.cli import main

if __name__ == "__main__":
    main()
