# Runs oslo.utils' own format inspector over files, reading them as Glance does, and prints what it says of each as JSON.
import importlib.util
import json
import logging
import sys
import types

CHUNK = 65536


def load(path):
    """The module at `path` alone: what surrounds it needs packages that have nothing to do with it."""
    package = types.ModuleType('oslo_utils')
    i18n = types.ModuleType('oslo_utils._i18n')
    i18n._ = str
    units = types.ModuleType('oslo_utils.units')
    units.Ki = 1024
    package._i18n, package.units = i18n, units
    sys.modules.update({'oslo_utils': package, 'oslo_utils._i18n': i18n, 'oslo_utils.units': units})
    spec = importlib.util.spec_from_file_location('format_inspector', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def has_usable_size(one):
    """Whether Glance gets a size from it, and one that its database keeps."""
    try:
        return one.virtual_size < 1 << 63
    except Exception:
        return False


def judge(inspector, path):
    with open(path, 'rb') as source:
        wrapper = inspector.InspectWrapper(source)
        while wrapper.read(CHUNK):
            pass
        wrapper.close()
        try:
            matches = [one for one in wrapper.formats if str(one) != 'raw']
        except AttributeError:
            return {'breaksOff': True, 'matches': []}
    found = []
    for one in matches:
        failed = []
        complete = True
        try:
            one.safety_check()
        except inspector.SafetyCheckFailed as error:
            failed = sorted(error.failures)
        except inspector.ImageFormatError:
            complete = False
        usable = complete and not failed
        answer = {'format': str(one), 'complete': complete, 'failed': failed}
        found.append({**answer, 'sized': has_usable_size(one) if usable else None})
    return {'breaksOff': False, 'matches': sorted(found, key=lambda one: one['format'])}


logging.disable(logging.CRITICAL)
module = load(sys.argv[1])
json.dump([judge(module, path) for path in sys.argv[2:]], sys.stdout)
