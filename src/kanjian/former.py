"""Names of kanjian 0.1.0: each works until 0.3.0, with a DeprecationWarning that says the new one.

Three tables: names of the package, modules that moved, and names within what moved. Nothing of
it is imported before someone uses an old name.
"""

import functools
import importlib
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

# Name of the package: what to say now, and where it lies
NAMES = {
    "Answer": ("kanjian.Prediction", "inference.prediction:Prediction"),
    "Failure": ("kanjian.UnreadableImage", "inference.prediction:UnreadableImage"),
    "export_recognizer": ("kanjian.Recognizer.export", "export.export:export_recognizer"),
    "fit_image": ("kanjian.resize_image", "images.resize:resize_image"),
    "from_arrays": ("kanjian.Splits.from_arrays", "datasets.arrays:from_arrays"),
    "read_recipe": ("kanjian.Recipe.load", "recipes.codec:read_recipe"),
    "shipped": ("kanjian.Recipe.shipped", "recipes.shipped:shipped"),
    "write_recipe": ("kanjian.Recipe.save", "recipes.codec:write_recipe"),
}
# Module that moved: where it lies. What is not named lies in its new room under its old name.
MODULES = {
    "caching": "storage",
    "recognizer": "inference",
    "see": "explain",
    "studies": "experiments",
    "augmentation.draw": "augmentation.sample_params",
    "augmentation.draws": "augmentation.operation",
    "augmentation.variations": "augmentation.augmenter",
    "cli.downloads": "cli.progress_count",
    "csv_rows": "storage.csv_rows",
    "datasets.at_hand": "datasets.builtin",
    "datasets.cutting": "datasets.splitting",
    "datasets.damage": "datasets.corrupt",
    "datasets.groups": "datasets.grouped",
    "datasets.open": "datasets.open_dataset",
    "datasets.splits": "datasets.prepare_splits",
    "denoise.keeper": "denoise.epoch_snapshots",
    "denoise.learn": "denoise.train",
    "denoise.noises": "denoise.pairs",
    "denoise.pictures": "denoise.image_sets",
    "download": "storage.download",
    "evaluation.charts": "reporting.charts",
    "evaluation.compare": "evaluation.statistics",
    "evaluation.coverage": "evaluation.risk_coverage",
    "evaluation.facts": "reporting.facts",
    "evaluation.figures": "reporting.figures",
    "evaluation.page": "reporting.page",
    "evaluation.page_sections": "reporting.page_sections",
    "evaluation.phases_section": "reporting.phases_section",
    "evaluation.report": "reporting.report",
    "evaluation.wording": "reporting.wording",
    "export.foreign": "importing.import_network",
    "export.foreign_file": "importing.file_kinds",
    "export.foreign_guess": "importing.guess",
    "export.foreign_keras": "importing.keras_models",
    "export.foreign_onnx": "inference.onnx_models",
    "export.foreign_open": "importing.open_model",
    "export.foreign_tfjs": "importing.tfjs_models",
    "export.foreign_told": "inference.onnx_metadata",
    "export.forms": "export.formats",
    "export.legacy": "importing.keras1",
    "export.legacy_weights": "importing.keras1_weights",
    "export.pictures": "export.own_images",
    "export.pixels": "inference.pixel_ranges",
    "faces.by_backbone": "faces.backbone_embedder",
    "faces.crop": "faces.align",
    "faces.learn": "faces.train",
    "faces.vectors": "faces.unit",
    "features.nearest": "search.nearest",
    "files": "storage.files",
    "images.camera": "media.camera",
    "images.choice": "media.choice",
    "images.container": "media.container",
    "images.feed": "media.feed",
    "images.fit": "images.resize",
    "images.frame": "media.frame",
    "images.frames": "media.frames",
    "images.series": "media.series",
    "images.sound": "media.audio",
    "images.sound_cuts": "media.audio_cuts",
    "images.video_decode": "media.decode",
    "images.video_write": "media.encode",
    "imaging.operation": "imaging.operations",
    "imaging.result": "imaging.operations",
    "imaging.shapes_operations": "imaging.operations",
    "models.backbone_catalog": "models.backbone_registry",
    "models.catalog": "models.registry",
    "models.convnets": "models.classifiers",
    "models.cutting": "models.split_model",
    "models.joined": "models.transfer_model",
    "models.named": "models.keras_lookup",
    "models.optimizers": "training.optimizers",
    "models.patches": "models.patch_whitening",
    "models.preparation": "models.input_normalization",
    "models.schedules": "training.schedules",
    "pipeline.fitted": "pipeline.resized",
    "pipeline.held": "pipeline.decoded_cache",
    "pipeline.shape": "pipeline.input_shape",
    "pipeline.varied": "pipeline.augmented",
    "recognizer.answer": "inference.prediction",
    "recognizer.find": "inference.find_images",
    "recognizer.folder": "inference.whole_folder",
    "recognizer.targets": "inference.outputs",
    "safe_pickle": "storage.safe_pickle",
    "see.cams": "explain.cam",
    "see.classes": "explain.class_images",
    "see.climb": "explain.gradient_ascent",
    "see.fool": "explain.adversarial",
    "see.halves": "explain.bfloat16_copy",
    "see.maps": "explain.feature_maps",
    "see.perturb": "explain.occlusion",
    "see.pixels": "explain.saliency",
    "see.reach": "explain.receptive_field",
    "see.space": "explain.embedding_map",
    "see.space_page": "explain.embedding_page",
    "see.structure": "explain.summary",
    "see.subject": "explain.model_access",
    "see.surgery": "explain.flatten_model",
    "see.why": "explain.attribution",
    "serve.answering": "serve.inference",
    "serve.desk": "serve.admission",
    "serve.gate": "serve.middleware",
    "serve.house": "serve.state",
    "serve.infer": "serve.routes_v2",
    "serve.pictures": "serve.images",
    "serve.plain": "serve.routes_info",
    "serve.predict": "serve.routes_predict",
    "serve.shelf": "serve.registry",
    "serve.wording": "serve.openapi",
    "studies.album": "search.image_sets",
    "studies.chains": "experiments.image_pipelines",
    "studies.crossval": "experiments.cross_validation",
    "studies.finder": "experiments.lr_finder",
    "studies.neighbors": "search.neighbors",
    "studies.rate_curve": "experiments.lr_curve",
    "studies.similar": "search.similar",
    "training.answers": "training.predictions",
    "training.choose": "training.resolve_recipe",
    "training.compiling": "training.compile",
    "training.course": "training.phase_runner",
    "training.feed": "training.batches",
    "training.finish": "training.evaluate_and_save",
    "training.fit": "training.trainer",
    "training.folder": "training.run_folder",
    "training.listener": "training.events",
    "training.look": "training.dataset_summary",
    "training.loop": "training.epoch_loop",
    "training.pace": "recipes.learning",
    "training.rates": "training.layerwise_lr",
    "training.record": "training.run_log",
    "training.stage": "training.phase_setup",
    "training.suit": "training.auto_recipe",
    "training.suit_backbone": "training.auto_backbone",
    "training.targets": "training.compile",
    "unpack": "storage.unpack",
}
# Old name in a module or room of today: its name now
WITHIN = {
    "augmentation.augmenter": {"Variations": "Augmenter"},
    "augmentation.operation": {"Draws": "AugmentationParams"},
    "denoise.epoch_snapshots": {"Keeper": "EpochSnapshots"},
    "denoise.image_sets": {"Shelf": "ImageSet"},
    "denoise.train": {"learn": "train"},
    "evaluation": {"Judgment": "EvaluationResult", "judge": "evaluate_probabilities"},
    "explain.attribution": {"Why": "Attribution"},
    "explain.embedding_map": {"Space": "EmbeddingMap", "space_of": "embedding_map_of"},
    "explain.feature_maps": {"maps_of": "feature_maps_of"},
    "explain.gradient_ascent": {"Ascent": "AscentConfig"},
    "explain.model_access": {"Subject": "InspectedModel", "open_subject": "open_model"},
    "explain.receptive_field": {"Reach": "ReceptiveField", "reach_after": "receptive_field_after"},
    "images": {"fit_image": "resize_image"},
    "images.resize": {"fit_image": "resize_image"},
    "inference.onnx_metadata": {"Told": "OnnxMetadata"},
    "inference": {"Answer": "Prediction", "Failure": "UnreadableImage"},
    "inference.prediction": {"Answer": "Prediction", "Failure": "UnreadableImage"},
    "search.similar": {"Look": "Match"},
    "serve.admission": {"Desk": "AdmissionControl"},
    "serve.middleware": {"Gate": "AccessMiddleware"},
    "serve.registry": {"Shelf": "ModelRegistry"},
    "serve.state": {"House": "ServerState", "house_of": "state_of"},
    "training.dataset_summary": {"Look": "DatasetSummary", "look_at": "summarize_dataset"},
    "training.epoch_loop": {"Loop": "EpochLoop"},
    "recipes.learning": {"Pace": "TrainingOptions"},
    "training.events": {"Listener": "TrainingCallback"},
    "training.phase_runner": {"Course": "PhaseRunner"},
    "training.phase_setup": {
        "Frozen": "FrozenFeatures",
        "Stage": "PhaseSetup",
        "make_stage": "set_up_phase",
    },
}


def tell(old: str, now: str, *, stacklevel: int = 3) -> None:
    """Warn that a name is an old one."""
    warnings.warn(
        f"{old} is now {now}; the old name goes with kanjian 0.3.0.",
        DeprecationWarning,
        stacklevel=stacklevel,
    )


def renamed(**names: str) -> Callable[[Function], Function]:
    """Let a function take arguments under their old names, too.

    Args:
        **names: Old name and name now.

    Example:
        >>> renamed(what="source")(lambda source: source)(source=1)
        1
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def door(*args: Any, **kwargs: Any) -> Any:
            for old in names.keys() & kwargs.keys():
                tell(f"{old}= of {function.__name__}()", f"{names[old]}=")
                kwargs[names[old]] = kwargs.pop(old)
            return function(*args, **kwargs)

        return cast("Function", door)

    return decorate


def named(name: str) -> Any:
    """What an old name of the package stands for, with the warning."""
    now, place = NAMES[name]
    tell(f"kanjian.{name}", now, stacklevel=4)
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(f"kanjian.{module}"), attribute)


def names_of(room: str) -> Callable[[str], Any]:
    """The `__getattr__` of a room some of whose names are called otherwise now.

    Args:
        room: Its module, as "kanjian.images".
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 - this is one
        now = WITHIN[room.removeprefix("kanjian.")].get(name)
        if now is None:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        tell(f"{room}.{name}", f"{room}.{now}")
        return getattr(sys.modules[room], now)

    return __getattr__


def moved_to(module: str) -> str | None:
    """Where a module of 0.1.0 lies today; None if it is none that moved.

    Example:
        >>> moved_to("kanjian.recognizer.answer"), moved_to("kanjian.see.dream")
        ('kanjian.inference.prediction', 'kanjian.explain.dream')
        >>> moved_to("kanjian.recipes.of_nobody") is None
        True
    """
    name = module.removeprefix("kanjian.")
    if name in MODULES:
        return f"kanjian.{MODULES[name]}"
    room, _, rest = name.partition(".")
    return f"kanjian.{MODULES[room]}.{rest}" if rest and room in MODULES else None


class _Former(ModuleType):
    """A module under its old name: whatever is asked of it the new one answers."""

    def __init__(self, name: str, now: str) -> None:
        super().__init__(name, f"Moved to {now}.")
        self.__path__: list[str] = []  # modules in it are found by the finder again
        self.__now = importlib.import_module(now)

    def __getattr__(self, name: str) -> Any:
        now = self.__now.__name__
        if not name.startswith("__"):  # those are asked for by what only looks at modules
            tell(self.__name__, now)
        within = WITHIN.get(now.removeprefix("kanjian."), {})
        return getattr(self.__now, within.get(name, name))

    def __dir__(self) -> list[str]:
        return dir(self.__now)


class _Finder:
    """Finds modules of 0.1.0; asked last, so it costs nothing where all names are of today."""

    @staticmethod
    def find_spec(
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG004 - the protocol's
        target: object = None,  # noqa: ARG004
    ) -> Any:
        """The module under its old name, if it is one that moved."""
        if not name.startswith("kanjian.") or moved_to(name) is None:
            return None
        return ModuleSpec(name, _Finder(), is_package=True)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        """A stand-in that warns when it is used, not while a module in it is looked for."""
        now = moved_to(spec.name)
        assert now is not None
        return _Former(spec.name, now)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Nothing: it was run under its new name."""


def install() -> None:
    """Let old module names be imported."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
