"""What Keras 1 and 2 called things that Keras 3 calls otherwise, or not at all."""

JOINS = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")

# What the class was called in Keras 1 and early in Keras 2
RENAMED = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
}
# The same for arguments; None: only the stated meaning is understood
ARGUMENTS = {
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "border_mode": "padding",
    "subsample": "strides",
    "subsample_length": "strides",
    "atrous_rate": "dilation_rate",
    "dim_ordering": "data_format",
    "bias": "use_bias",
    "output_dim": "units",
    "p": "rate",
    "sigma": "stddev",
    "inner_activation": "recurrent_activation",
    "pool_length": "pool_size",
}
OF_CLASS = {
    ("LeakyReLU", "alpha"): "negative_slope",
    ("MaxPooling1D", "stride"): "strides",
    ("RepeatVector", "output_dim"): "n",
}
# Nothing of these is needed to answer: how weights began, what held them back, where it ran
IRRELEVANT = {
    "init", "inner_init", "forget_bias_init", "beta_init", "gamma_init", "weights", "seed",
    "activity_regularizer", "W_regularizer", "b_regularizer", "U_regularizer", "W_constraint",
    "b_constraint", "U_constraint", "gamma_regularizer", "beta_regularizer", "dtype",
    "input_dtype", "batch_input_shape", "batch_shape", "input_shape", "input_dim",
    "input_length", "sparse", "ragged", "fused", "renorm", "renorm_clipping", "renorm_momentum",
    "virtual_batch_size", "adjustment", "implementation", "consume_less", "time_major",
    "autocast", "optional", "batch_size", "input_tensor", "build_config", "synchronized",
    "noise_shape", "dropout_W", "dropout_U", "trainable", "name", "keras_api_names",
}  # fmt: skip
# These name axes or places that would mean something else with colors last
TURNED = ("Reshape", "Permute", "Normalization", "LayerNormalization", *JOINS)
MERGES = {
    "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate",
}  # fmt: skip
