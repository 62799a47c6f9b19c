"""Lets single files of large packages be imported, without the packages that these import for other parts.

The files that make goldens run as they are published; what stands in for a module is never called.
mmdet, of the OpenMMLab, asks for all compiled operators of mmcv when it is imported:

    python3 -m pip install --no-deps mmdet==3.3.0 mmengine==0.10.7 mmcv-lite==2.1.0
    python3 -m pip install scipy matplotlib pycocotools shapely terminaltables addict yapf rich \\
        termcolor opencv-python-headless pyyaml
"""

import importlib.util
import sys
import types


class StandIn(types.ModuleType):
    """A module in which every name is a decorator that changes nothing."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.decorator

    @staticmethod
    def decorator(*arguments, **options):
        is_bare = len(arguments) == 1 and callable(arguments[0])
        return arguments[0] if is_bare else lambda function: function


def stand_in(*names, **attributes):
    for name in names:
        sys.modules[name] = StandIn(name)
        sys.modules[name].__dict__.update(attributes)


def bare(package, *subpackages):
    """Makes packages importable without running what stands in their __init__.py."""
    root = importlib.util.find_spec(package).submodule_search_locations[0]
    for name in (package,) + subpackages:
        module = types.ModuleType(name)
        module.__path__ = ["/".join([root] + name.split(".")[1:])]
        sys.modules[name] = module
