"""Layers of forks that are known by their shapes only: the shapes their Reshape gives."""

from __future__ import annotations

from typing import Any

import pytest

from caffe2torch.errors import UnsupportedError
from caffe2torch.layers.base import Shape
from caffe2torch.module import build
from tests.layers.one_layer import one_graph

BOXES = [(4, 8), (4, 5), (4, 6)]
MAPS = [(6, 2, 5, 5), (6, 4, 5, 5), (6, 6, 5, 5)]
RPN = [(1, 18, 5, 6), (1, 36, 5, 6), (1, 3)]
FILTERS = "convolution_param { num_output: 4 kernel_size: 3 }"
# type: parameters, bottoms, number of tops, shapes by the fork's own Reshape
CASES: dict[str, tuple[str, list[Shape], int, list[Shape]]] = {
    "BoxOutput": ("", [(1, 6, 5, 5)] * 2, 2, [(1, 5, 1, 1), (1, 6, 1, 1)]),
    "BoxGroupOutput": ("", MAPS[:2], 1, [(1, 5, 1, 1)]),
    "ProposalTarget": (
        "proposal_target_param { cls_num: 3 batch_size: 7 } bbox_reg_param { cls_aware: true }",
        [(9, 5), (2, 8)], 6,
        [(7, 5, 1, 1), (7, 1, 1, 1), *[(7, 12, 1, 1)] * 3, (7, 6, 1, 1)],
    ),
    "BboxAccuracy": ("", BOXES, 2, [(1, 1, 1, 1)] * 2),
    "DetectionAccuracy": ("", [(1, 6, 5, 5), (1, 6, 5, 5)], 2, [(1, 1, 1, 2), (1, 1, 1, 1)]),
    "DetectionGroupLoss": ("", MAPS, 1, [(1, 1, 1, 2)]),
    "DetectionGroupAccuracy": ("", MAPS, 2, [(1, 1, 1, 2), (1, 1, 1, 1)]),
    "FrcnnOutput": ("", [(4, 3), (4, 8), (4, 5), (1, 2)], 1, [(1, 7, 1, 1)]),
    "HardMining": (
        "hard_mining_param { num_image: 2 num_roi_per_image: 3 }", [(9, 1), (9, 5), (9, 8)], 2,
        [(6, 5), (6, 8)],
    ),
    "FrcnnProposal": ("", RPN, 2, [(300, 5, 1, 1), (300, 1, 1, 1)]),
    "FrcnnAnchorTarget": (
        "", [(1, 18, 5, 6), (2, 5), (1, 3)], 4, [(1, 1, 45, 6), *[(1, 36, 5, 6)] * 3]
    ),
    "CenterGridOutput": ("", [(1, 6, 5, 5)], 1, [(1, 1, 1, 15)]),
    "CenternetDetectionOutput": ("", [(1, 4, 5, 5), (1, 2, 5, 5)], 1, [(1, 1, 1, 7)]),
    "Yolov3Detection": ("", [(1, 18, 5, 5)], 1, [(1, 1, 1, 7)]),
    "DetectionCcpdOutput": ("", [(3, 33)] * 7, 1, [(1, 1, 3, 7)]),
    "CenterGridLoss": ("", [(1, 6, 5, 5), (1, 1, 2, 8)], 1, [()]),
    "CenterObjectLoss": ("", [(1, 4, 5, 5), (1, 2, 5, 5), (1, 1, 2, 8)], 1, [()]),
    "Yolov3Loss": ("", [(1, 18, 5, 5), (1, 1, 2, 8)], 1, [()]),
    "FaceAttriEvaluate": ("", [(1, 4), (1, 4)], 1, [(1, 1, 1, 7)]),
    "LpEvaluate": ("", [(1, 4), (1, 4)], 1, [(1, 1, 1, 7)]),
    "YoloSeg": ("", [(1, 3, 5, 5), (1, 1, 5, 5)], 1, [()]),
    "SegmentationEvaluate": (
        "segmentation_evaluate_param { num_classes: 3 }", [(1, 3, 5, 5), (1, 1, 5, 5)], 1,
        [(1, 1, 3, 5)],
    ),
    "AssistedExcitation": ("", [(1, 3, 5, 5), (1, 1, 2, 8)], 1, [(1, 3, 5, 5)]),
    "DetectionOutputExtended": ("", [(1, 8), (1, 4), (1, 2, 8)], 1, [(1, 1, 1, 15)]),
    "WarpCTCLoss": ("", [(5, 2, 4), (2, 3)], 1, [()]),
    "DataAugmentation": (
        "augmentation_param { crop_width: 4 crop_height: 5 }", [(2, 3, 8, 8)], 2,
        [(2, 3, 5, 4), (2, 42, 1, 1)],
    ),
    "GenerateAugmentationParameters": ("", [(2, 3, 8, 8)], 1, [(2, 42, 1, 1)]),
    "FlowAugmentation": (
        "augmentation_param { crop_width: 4 crop_height: 5 }",
        [(2, 2, 8, 8), (2, 42, 1, 1), (2, 42, 1, 1)], 1, [(2, 2, 5, 4)],
    ),
    "Downsample": ("", [(2, 3, 8, 8), (2, 1, 4, 4)], 1, [(2, 3, 4, 4)]),
    "Warp": ("", [(2, 3, 8, 8), (2, 2, 8, 8)], 1, [(2, 3, 8, 8)]),
    "FLOWWriter": ("", [(2, 2, 8, 8)], 0, []),
    "LpqLoss": ("", [(2, 2, 8, 8)] * 2, 1, [()]),
    "CornerCrop": (
        "corner_crop_param { crop_size: 4 position: 'center' }", [(2, 3, 8, 8)], 1, [(2, 3, 4, 4)]
    ),
    "AutoCrop": ("", [(2, 3, 8, 8), (2, 1, 6, 7)], 1, [(2, 3, 6, 7)]),
    "PSROIAlign": (
        "psroi_align_param { output_dim: 2 group_size: 3 }", [(1, 18, 8, 8), (4, 5)], 1,
        [(4, 2, 3, 3)],
    ),
    "ROIWarping": (
        "roi_warping_param { pooled_h: 2 pooled_w: 3 }", [(1, 6, 8, 8), (4, 5)], 1, [(4, 6, 2, 3)]
    ),
    "MaskResize": (
        "mask_resize_param { output_height: 14 output_width: 14 }", [(4, 1, 21, 21)], 1,
        [(4, 1, 14, 14)],
    ),
    "DeformablePSROIPooling": (
        "deformable_psroi_pooling_param { output_dim: 2 pooled_size: 3 group_size: 3 }",
        [(1, 18, 8, 8), (4, 5)], 1, [(4, 2, 3, 3)],
    ),
    "TernaryConvolution": (
        "convolution_param { num_output: 4 kernel_size: 3 }", [(1, 3, 8, 8)], 1, [(1, 4, 6, 6)]
    ),
    "TernaryInnerProduct": ("inner_product_param { num_output: 4 }", [(2, 3)], 1, [(2, 4)]),
    "LargeMarginInnerProduct": (
        "largemargin_inner_product_param { num_output: 4 }", [(2, 3), (2,)], 2, [(2, 4), (1,)]
    ),
    "CTCGreedyDecoder": ("", [(5, 2, 4)], 1, [(2, 5)]),
    "MTCNNEuclideanLoss": ("", [(2, 4), (2, 4), (2,)], 1, [()]),
    "ManhattanLoss": ("", [(2, 4), (2, 4)], 1, [()]),
    "Sparsify": ("", [(2, 4)], 1, [(2, 4)]),
    "SumPooling": ("", [(2, 4, 3, 3)], 1, [(2, 4, 1, 1)]),
    "GeneralContrastiveLoss": ("", [(2, 4), (2,)], 1, [()]),
    "GradientScaler": ("", [(2, 4)], 1, [(2, 4)]),
    "MMDLoss": ("", [(2, 4), (3, 4)], 1, [()]),
    "MLQuant": ("mlquant_param { groups: 4 }", [(2, 3, 4, 4)], 2, [(2, 3, 4, 4)] * 2),
    "DynamicMaskData": ("", [(2, 3, 4, 4)], 1, [(2, 3, 4, 4)]),
    "EntropyGmmLoss": ("", [(2, 8, 3, 4)], 1, [()]),
    "LOTLoss": ("", [(2, 8, 3, 4)], 1, [()]),
    "MssimLoss": ("", [(2, 8, 3, 4)], 1, [()]),
    "DomainTransform": ("", [(2, 3, 4, 4), (2, 1, 4, 4)], 1, [(2, 3, 4, 4)]),
    "BiasChannel": ("", [(2, 3, 4, 4), (2, 5, 1, 1)], 1, [(2, 3, 4, 4)]),
    "AdaptiveBiasChannel": ("", [(2, 3, 4, 4), (2, 5, 1, 1)], 1, [(2, 3, 4, 4)]),
    "UniqueLabel": ("unique_label_param { max_labels: 7 }", [(2, 1, 4, 4)], 1, [(2, 7, 1, 1)]),
    "SpatialTransformer": ("st_param { output_H: 5 }", [(2, 3, 4, 4), (2, 6)], 1, [(2, 3, 5, 4)]),
    "FlowTransformer": ("", [(2, 3, 4, 4), (2, 2, 4, 4)], 1, [(2, 3, 4, 4)]),
    "SSIMLoss": (
        "ssim_loss_param { kernel_size: 3 stride: 1 }",
        [(2, 3, 4, 4), (2, 3, 4, 4)], 1, [()],
    ),
    "Correlation1D": (
        "correlation_param { kernel_size: 1 max_displacement: 2 pad: 2 }",
        [(2, 3, 4, 5), (2, 3, 4, 5)], 1, [(2, 5, 4, 5)],
    ),
    "RotateROIPooling": (
        "rotate_pooling_param { pooled_h: 2 pooled_w: 3 }",
        [(1, 3, 8, 8), (4, 6)], 1, [(4, 3, 2, 3)],
    ),
    "RotateROIAlign": (
        "rotate_align_param { pooled_h: 2 pooled_w: 3 }",
        [(1, 3, 8, 8), (4, 6)], 1, [(4, 3, 2, 3)],
    ),
    "SampleTriplet": ("", [(4, 8), (4,)], 1, [(4, 3, 1, 1)]),
    "BatchNormScale": ("", [(2, 3, 4, 4)], 1, [(2, 3, 4, 4)]),
    "BNHK": ("", [(2, 3, 4, 4)], 1, [(2, 3, 4, 4)]),
    "Region": ("", [(2, 18, 4, 4)], 1, [(2, 18, 4, 4)]),
    "BalancedSoftmaxWithLoss": ("", [(4, 3), (4,)], 1, [()]),
    "LSROLoss": ("", [(4, 3), (4,)], 1, [()]),
    "MultiBoxFocalLoss": (
        "multibox_loss_param { num_classes: 3 }",
        [(1, 16), (1, 12), (1, 2, 16), (1, 1, 1, 8)], 1, [()],
    ),
    "GradientSilent": ("", [(2, 3)], 1, [(2, 3)]),
    "CheckAtt": ("", [(2, 1, 4, 4), (2, 1, 4, 4)], 2, [(2, 1, 4, 4), (2, 1, 4, 4)]),
    "ChannelReduce": (
        "channel_reduce_param { num_channels: 2 }",
        [(2, 4, 3, 3)], 1, [(2, 2, 3, 3)],
    ),
    "Im2dist": ("convolution_param { kernel_size: 3 pad: 1 }", [(2, 4, 5, 6)], 1, [(2, 9, 5, 6)]),
    "Im2parity": ("convolution_param { kernel_size: 3 pad: 1 }", [(2, 4, 5, 6)], 1, [(2, 9, 5, 6)]),
    "DistLoss": ("", [(2, 9, 3, 3), (2, 9, 3, 3)], 1, [()]),
    "Mean": ("", [(2, 3, 4, 4), (2, 3, 4, 4)], 2, [(2, 3, 4, 4), (2, 3, 4, 4)]),
    "DecoderInput": ("decoder_param { nchannels: 2 }", [(1, 3, 4, 4)], 1, [(1, 2, 4, 4)]),
    "DecoderExtract": ("", [(1, 3, 4, 4)], 1, [(1, 1, 4, 4)]),
    "DecoderConv3": (
        "convolution_param { num_output: 2 kernel_size: 5 }",
        [(1, 3, 4, 4)], 1, [(1, 2, 4, 4)],
    ),
    "CosinL2Normalize": ("cosin_loss_param { num_output: 5 }", [(2, 8), (2,)], 1, [(2, 5)]),
    "Identity2Verify": ("", [(4, 8), (4,)], 3, [(2, 8), (2, 8), (2,)]),
    "focalSoftmaxWithLoss": ("", [(4, 3), (4,)], 1, [()]),
    "MultiBoxSSDLoss": (
        "multibox_loss_param { num_classes: 3 }",
        [(1, 16), (1, 12), (1, 2, 16), (1, 1, 1, 8)], 1, [()],
    ),
    "Convert": ("", [(2, 3, 1, 7)], 2, [(7, 2, 3), (7, 2)]),
    "RandomCrop": (
        "random_crop_param { target_height: 4 target_width: 5 }",
        [(2, 7, 8, 8)], 1, [(2, 7, 4, 5)],
    ),
    "DataSwitch": ("", [(2, 3), (2, 3)], 1, [(2, 3)]),
    "Quantize": ("", [(2, 1, 4, 4)], 1, [(2, 1, 4, 4)]),
    "Rescale": ("rescale_param { rf: 14 }", [(2, 1, 4, 4)], 2, [(2, 1, 4, 4), (2, 1, 4, 4)]),
    "RankHardLoss": ("", [(4, 8), (4, 1), (4, 1)], 1, [()]),
    "RNDropout": ("rn_dropout_param { num_drop_blobs: 1 }", [(4, 8), (4, 7)], 2, [(4, 8), (4, 7)]),
    "CreateMaskVector": ("", [(2, 1, 5, 5)], 1, [(2, 18, 1, 1)]),
    "MaskCreate": ("", [(2, 20, 5, 6)], 1, [(2, 1, 5, 6)]),
    "Duplicate": ("duplicate_param { height: 4 width: 5 }", [(2, 3, 1, 1)], 1, [(2, 3, 4, 5)]),
    "GenSlicinfo": ("", [(2, 3, 324, 324)], 2, [(2, 1, 324, 324), (2, 1, 18, 18)]),
    "LowlevelDistance": (
        "", [(2, 3, 36, 36), (2, 1, 36, 36), (2, 1, 4, 4)], 2,
        [(18, 164, 18, 18), (18,)]),
    "P2SLoss": ("", [(8, 4, 1, 1), (8, 1, 1, 1)], 1, [()]),
    "L1LossKitti": ("", [(2, 1, 5, 5)] * 2, 1, [()]),
    "DSALoss": ("dsa_loss_param { faceid_num: 3 }", [(4, 8), (4,)], 1, [()]),
    "GlobalLSEMargin": ("", [(4, 8), (4,)], 2, [(4, 8), (5,)]),
    "BBTXTLoss": ("", [(2, 20, 5), (2, 5, 5, 5)], 1, [()]),
    "BB3TXTLoss": ("", [(2, 20, 12), (2, 8, 5, 5)], 1, [()]),
    "FlowWarping": ("", [(2, 3, 5, 5), (2, 2, 5, 5)], 1, [(2, 3, 5, 5)]),
    "ROIAlignHalf": (
        "roi_pooling_param { pooled_h: 2 pooled_w: 3 }", [(1, 4, 5, 5), (7, 5)], 1,
        [(7, 4, 2, 3)]),
    "RandomMaclaurin": (
        "random_maclaurin_param { num_output: 7 }", [(2, 3, 1, 1), (2, 4)], 1,
        [(2, 7)]),
    "CosineDis": ("", [(4, 8), (4, 8), (3, 8)], 2, [(8, 4), (8,)]),
    "ConvolutionRistretto": (FILTERS, [(2, 3, 5, 5)], 1, [(2, 4, 3, 3)]),
    "DeconvolutionRistretto": (FILTERS, [(2, 3, 5, 5)], 1, [(2, 4, 7, 7)]),
    "FcRistretto": ("inner_product_param { num_output: 4 }", [(2, 3, 5, 5)], 1, [(2, 4)]),
    "LRNRistretto": ("", [(2, 3, 5, 5)], 1, [(2, 3, 5, 5)]),
    "ConvolutionIVS": (FILTERS, [(2, 3, 5, 5)], 1, [(2, 4, 3, 3)]),
    "FcIVS": ("inner_product_param { num_output: 4 }", [(2, 3, 5, 5)], 1, [(2, 4)]),
    "DNSConvolution": (FILTERS, [(2, 3, 5, 5)], 1, [(2, 4, 3, 3)]),
    "DNSInnerProduct": ("inner_product_param { num_output: 4 }", [(2, 3, 5, 5)], 1, [(2, 4)]),
    "INQConvolution": (FILTERS, [(2, 3, 5, 5)], 1, [(2, 4, 3, 3)]),
    "INQInnerProduct": ("inner_product_param { num_output: 4 }", [(2, 3, 5, 5)], 1, [(2, 4)]),
    "DenseBlock": (
        "denseblock_param { numTransition: 3 growthRate: 2 }", [(2, 4, 5, 5)], 1, [(2, 10, 5, 5)]
    ),
    "Shakeout": (
        "shakeout_param { operate_layer_type: 'InnerProduct' } "
        "inner_product_param { num_output: 4 }",
        [(2, 3)], 1, [(2, 4)],
    ),
    "Switch": ("", [(2, 3), (2, 3)], 1, [(2, 3)]),
    "LinearMeanLoss": ("", [(2, 3), (1,)], 1, [()]),
    "WSplitData": ("", [(2, 3, 4, 4)], 2, [(2, 3, 4, 4)] * 2),
    "NormConvMeanfield": ("", [(1, 3, 5, 5), (1, 3, 5, 5)], 1, [(1, 3, 5, 5)]),
    "BatchTripletLoss": ("loss_weight: 1 loss_weight: 0", [(4, 8), (4,)], 2, [(), ()]),
    "BNConv": ("", [(2, 3, 4, 5)], 1, [(2, 3, 4, 5)]),
    "BdctToSpatial": ("", [(2, 64, 4, 5)], 1, [(2, 1, 32, 40)]),
    "QuantTruncAbs": ("", [(2, 3)], 1, [(2, 3)]),
    "ReLURecover": ("", [(2, 3)], 1, [(2, 3)]),
    "SparseHypercolumnExtractor": ("", [(2, 7, 2), (2, 3, 4, 5), (2, 6, 2, 2)], 1, [(14, 9)]),
    "StripDecimals": ("", [(2, 3)], 1, [(2, 3)]),
    "SegGt": (
        "seggt_param { num_class: 21 non_exclusive: true }",
        [(1, 1, 2, 8), (2, 5, 6, 7)], 1, [(2, 21, 6, 7)],
    ),
    "OuterProduct": ("", [(2, 3), (2, 4)], 1, [(2, 3, 4)]),
    "CosineSimilarityBatch": ("", [(5, 3), (5,)], 2, [(10, 1, 1, 1)] * 2),
    "FAPPYLoss": ("", [(10, 1, 1, 1), (10, 1, 1, 1)], 1, [()]),
    "MultiAccuracy": ("", [(4, 3), (4, 2)], 2, [(), (3,)]),
    "CropBBox": ("", [(1, 3, 4, 5), (1, 1, 2, 8)], 1, [(1, 3, 4, 5)]),
    "MultiModalBatchNorm": ("", [(4, 3), (4,)], 1, [(4, 3)]),
    "GradientAlignment": ("", [(4, 3)], 2, [(4, 3)] * 2),
    "PrecisionRecall": ("", [(4, 3), (4,)], 2, [(3,)] * 2),
    "AUC": ("", [(4, 3), (4,)], 1, [(3,)]),
    "PoolingNum": ("pooling_num_param { kernel_size: 3 }", [(6, 4)], 1, [(2, 4, 1, 1)]),
    "MaxDrop": ("", [(2, 3, 4, 5)], 1, [(2, 3, 4, 5)]),
    "StochasticDropout": ("", [(2, 3)], 1, [(2, 3)]),
    "COLoss": ("loss_weight: [1, 1] co_loss_param { num_output: 3 }", [(4, 3), (4,)], 2, [(), ()]),
    "RestrainLoss": ("", [(1, 3, 5, 5), (1, 1, 2, 8)], 1, [()]),
    "PostClassLoss": ("", [(4, 8), (1, 2, 16), (1, 1, 2, 8)], 1, [()]),
    "PostClassOutput": ("", [(1, 2, 16), (4, 8)], 1, [(1, 1, 1, 7)]),
    "DynamicBilinear": ("", [(1, 2, 4, 5), (1, 3, 8, 9)], 1, [(1, 2, 8, 9)]),
    "MultiLabelUnweightedLoss": ("", [(1, 3, 4, 5), (1, 3, 4, 5)], 1, [()]),
    "SigmoidCrossEntropyEdgeUnweightedLoss": ("", [(1, 3, 4, 5), (1, 3, 4, 5)], 1, [()]),
    "SigmoidCrossEntropyEdgeLoss": ("", [(1, 3, 4, 5), (1, 3, 4, 5)], 1, [()]),
    "CosLoss": ("", [(2, 3), (2, 3)], 1, [()]),
    "KernelRbf": ("", [(2, 3, 4, 5), (2, 6, 4, 5)], 1, [(2, 1, 3, 6)]),
    "KernelMap": ("kernelmap_param { out_num: 4 }", [(2, 1, 6, 6)], 1, [(2, 1, 4, 4)]),
    "UpperTriangle": ("", [(2, 1, 4, 4)], 1, [(2, 10)]),
    "LSEPLoss": ("", [(2, 3), (2, 3)], 1, [()]),
    "MaskTransformer": ("", [(2, 3, 4, 5), (2, 20)], 1, [(2, 3, 4, 5)]),
    "TripletSampling": ("", [(4, 3), (4,)], 3, [(4, 3, 1, 1)] * 3),
    "AbsLoss": ("", [(2, 3), (2, 3)], 1, [()]),
    "WeightedSoftmaxWithLoss": ("loss_weight: [1, 0]", [(4, 3), (4,)], 2, [(), (4, 3)]),
    "LamdaSoftmaxWithLoss": ("loss_weight: [1, 0]", [(4, 3), (4,)], 2, [(), (4, 3)]),
    "SemiContrastLoss": ("", [(4, 3), (4, 3), (4,)], 1, [()]),
    "EvenDistLoss": ("", [(2, 3), (2, 3)], 1, [()]),
    "MinQuantizeLoss": ("", [(2, 3), (2, 3)], 1, [()]),
    "TransformLoss": ("", [(2, 3), (2, 3), (2,), (2,)], 1, [()]),
    "ConvLSTM": (
        "lstm_conv_param { num_output: 4 }",
        [(3, 2, 1, 5, 6), (3, 2)], 1, [(3, 2, 4, 5, 6)],
    ),
    "Mask": ("", [(2, 3, 4, 5), (2, 1, 4, 5)], 1, [(2, 3, 4, 5)]),
    "SaliencyPooling": (
        "saliency_pooling_param { kernel_size: 3 stride: 2 }",
        [(1, 2, 8, 9)], 1, [(1, 2, 4, 4)],
    ),
    "DecoderOutput": ("decoder_param { nchannels: 2 }", [(1, 8, 3, 4)], 1, [(13, 1, 1, 5)]),
    "Prodpara": ("", [(2, 3, 4, 5)], 1, [(2, 3, 4, 5)]),
    "EuclideanLossHeatmap": ("", [(1, 2, 4, 5), (1, 2, 4, 5), (1, 3, 8, 8)], 1, [()]),
}  # fmt: skip


@pytest.mark.parametrize("type_", CASES)
def test_its_shapes_are_known_and_it_does_not_run(type_: str) -> None:
    text, bottoms, tops, shapes = CASES[type_]
    graph: Any = one_graph(type_, text, bottoms, tops, "TRAIN")
    assert graph.node("l").top_shapes == shapes
    with pytest.raises(UnsupportedError):
        build.build(graph)
