"""Fields of Caffe's messages that BVLC Caffe 1.0 does not know, by the fork that added them.

A test compares this table with the marks in proto/caffe.proto.
"""

FIELDS: dict[str, dict[str, str]] = {
    "FillerParameter": {
        "Intel": "scale",
        "RMPE": "file",
    },
    "NetParameter": {
        "NVIDIA": (
            "default_forward_type default_backward_type default_forward_math "
            "default_backward_math global_grad_scale global_grad_scale_adaptive "
            "default_conv_algos_override reduce_buckets default_cudnn_math_override "
            "eltwise_mem_sharing"
        ),
        "Intel": "compile_net_state engine bn_stats_batch_size multinode",
        "yjxiong": "mem_param",
        "before 2013": "bottom",
        "wider forks, read and without effect": (
            "version optimize_mem debug_info_interval reduced_memory_inference richness"
        ),
    },
    "SolverParameter": {
        "SSD, NVIDIA, Intel": "eval_type ap_version show_per_class_result plateau_winsize",
        "NVIDIA": (
            "rampup_interval rampup_lr min_lr momentum_policy max_momentum momentum_power larc "
            "larc_policy larc_eta larc_turbo weight_decay_policy weight_decay_power "
            "max_weight_decay solver_data_type store_blobs_in_old_format "
            "test_and_snapshot_last_epochs"
        ),
        "Intel": (
            "stagelr stageiter disabled_update engine warmup_iter warmup_start_lr local_lr_auto "
            "local_gw_ratio test_offset"
        ),
        "old forks of the corpus": (
            "debug_display update_interval momentum_start momentum_end terminal_epoch_number "
            "snapshot_before_train stepearly"
        ),
        "yjxiong": "group_id richness",
        "early Intel": "multinode_param",
    },
    "LayerParameter": {
        "hwgq": "binary_convolution_param binary_inner_product_param quant_param",
        "cascade-rcnn": "bbox_reg_param decode_bbox_param scale_route_param",
        "flownet2": "correlation_param downsample_param flow_warp_param resample_param",
        "happynear": "inner_distance_param",
        "SplitNet": "corner_crop_param",
        "frcnn": "psroi_align_param",
        "C3D": "convolution3d_param pooling3d_param",
        "SSD, NVIDIA, Intel": (
            "annotated_data_param detection_evaluate_param detection_output_param "
            "multibox_loss_param norm_param permute_param prior_box_param video_data_param"
        ),
        "NVIDIA": (
            "forward_type backward_type forward_math backward_math debug cudnn_math_override "
            "trt_param detectnet_groundtruth_param detectnet_augmentation_param"
        ),
        "Intel": (
            "box_annotator_ohem_param psroi_pooling_param roi_pooling_param "
            "smooth_l1_loss_param split_param spatial_dropout_param engine multinode "
            "mn_activation_param mn_grad_compress_param quantization_param reorg_param "
            "region_loss_param eval_detection_param"
        ),
        "SegNet": "bn_param dense_image_data_param upsample_param",
        "DeepLab and PSPNet": (
            "interp_param mat_read_param mat_write_param dense_crf_param seg_accuracy_param"
        ),
        "SphereFace": "margin_inner_product_param",
        "center loss": "center_loss_param",
        "ShuffleNet": "shuffle_channel_param",
        "DeepDetect": (
            "ctc_loss_param continuation_indicator_param labelsequence_accuracy_param "
            "selu_param focal_loss_param selu_dropout_param"
        ),
        "YOLO": (
            "yolo_detection_output_param yolov3_detection_output_param yolov3_param relu6_param "
            "detection_loss_param"
        ),
        "CRNN": "transpose_param",
        "single forks": (
            "triplet_loss_param topk_param local_param resize_param randvec_param "
            "spatial_pyramid_pooling_param device param_bottoms reverse_param pairwise_param "
            "multi_label_data_param doc_data_param image_transform_param tree_param "
            "loss_tree_param lrn_map_param rbm_inner_product_param "
            "spatial_pyramid_pooling_data_param remote_data_param sparse_data_param "
            "confusion_matrix_param cpmdata_param multi_stage_meanfield_param wasserstein_param"
        ),
        "yjxiong": "seg_data_param batch_reduction_param label_transform_param",
        "wider forks": "flip_param lstm_param cpm_transform_param proposal_param",
        "wider forks, read and without effect": "thread_id no_mem_opt evaluation_method",
        "Deep-Metric-Learning-CVPR16": "lifted_struct_sim_softmax_loss_param",
        "caffe-videoSR": "rearrange_param",
    },
    "TransformationParameter": {
        "SSD, NVIDIA, Intel": (
            "crop_h crop_w resize_param noise_param distort_param expand_param emit_constraint"
        ),
        "NVIDIA": (
            "img_rand_resize_lower img_rand_resize_upper rand_resize_ratio_lower "
            "rand_resize_ratio_upper vertical_stretch_lower vertical_stretch_upper "
            "horizontal_stretch_lower horizontal_stretch_upper interpolation_algo_down "
            "interpolation_algo_up allow_upscale forward_packing use_gpu_transform random_seed "
            "display num_labels"
        ),
        "Intel": "random_resize_param random_aspect_ratio_param flow bgr2rgb pad",
        "yjxiong": (
            "fix_crop more_fix_crop multi_scale scale_ratios max_distort is_flow original_image "
            "stride upper_size upper_height upper_width multiscale"
        ),
        "DeepLab": "scale_factors crop_width crop_height",
        "DeepDetect": "geometry_param rotate untransformed_top",
        "single forks": "min_resize max_resize var_sz_img_enabled",
        "wider forks, read and without effect": (
            "more_resize_param scale_file sd_file sd_value min_size max_size mask_size "
            "mask_freq scale_cvg max_cvg_len min_cvg_len opaque_coverage coverage flip_prob "
            "max_rotate_degree visualize crop_size_x crop_size_y scale_prob scale_min scale_max "
            "bbox_norm_factor img_header target_dist center_perterb_max sigma sigma_center "
            "clahe_tile_size clahe_clip_limit do_clahe num_parts num_total_augs aug_way gray "
            "np_in_lmdb transform_body_joint eigen_value eigen_vector_component mean_stddev "
            "square_resize vertical_mirror random_90_deg_rot persistent invert_channels "
            "original_min_scale short_edge rand_crop_test eigs_channels eigs offset "
            "rand_rel_ar_lower rand_rel_ar_upper rand_wscale_lower rand_wscale_upper "
            "rand_hscale_lower rand_hscale_upper rand_lscale_lower rand_lscale_upper "
            "rand_abs_ar_lower rand_abs_ar_upper resize_to_square var_sz_img_rand_resize_lower "
            "var_sz_img_rand_resize_upper var_sz_img_rand_crop var_sz_img_center_crop"
        ),
    },
    "LossParameter": {
        "NVIDIA, Intel": "label_smoothing",
        "Intel": "pre_fixed_normalizer",
        "SegNet": "weight_by_label_freqs class_weighting",
    },
    "ConcatParameter": {
        "Intel": "per_fla_fuse engine",
    },
    "BatchNormParameter": {
        "NVIDIA": "scale_filler scale_bias",
        "NVIDIA, Intel": "bias_filler engine",
        "Intel": "use_weight_bias bias_term filler stats_batch_size relu",
        "DeepLab": "update_global_stats",
    },
    "ConvolutionParameter": {
        "video-caffe": "kernel_shape pad_shape stride_shape",
        "C3D": "kernel_depth temporal_pad temporal_stride",
        "NVIDIA": "cudnn_convolution_algo_seeker conv_algos_override",
        "Intel": "relu negative_slope conv_algorithm coeff fusion_type",
        "DeepDetect": "cudnn_flavor",
        "Ristretto-like inference forks": "fuse_type relu_param",
        "DeepLab": "hole hole_h hole_w",
        "wider forks, read and without effect": "mem_group_size share_col_buffer shared_col_buffer",
    },
    "DataParameter": {
        "NVIDIA": "threads parser_threads cache precache",
        "NVIDIA, Intel": "shuffle",
        "Intel": "side",
        "yjxiong": "mem_data_source mpi_skip_step",
        "2014": "transform_param",
        "wider forks, read and without effect": (
            "skip rewind shuffle_buffer_size start end probability"
        ),
    },
    "DropoutParameter": {
        "NVIDIA": "engine random_seed",
        "Fast R-CNN": "scale_train",
        "SegNet": "sample_weights_test",
        "single forks": "scale_test",
    },
    "EltwiseParameter": {
        "Intel": "engine",
    },
    "ELUParameter": {
        "NVIDIA": "lambda",
    },
    "HDF5DataParameter": {
        "DeepDetect": "image",
        "wider forks, read and without effect": "debug",
    },
    "ImageDataParameter": {
        "NVIDIA": "short_side threads cache precache dataset_share_per_node",
        "Intel": "min_height min_width",
        "DeepLab": "ignore_label label_type",
        "DeepDetect": "label_size",
        "2014": "transform_param",
        "wider forks, read and without effect": (
            "separator label_separator label_list_separator num_images base_path data_from_disk"
        ),
    },
    "InnerProductParameter": {
        "Intel": "engine relu negative_slope",
    },
    "PoolingParameter": {
        "video-caffe": "kernel_shape pad_shape stride_shape",
        "C3D": "kernel_depth temporal_stride",
        "NVIDIA": "torch_pooling",
        "Intel": "pad_3d kernel_size_3d stride_3d avg_include_pad axis",
        "OpenCV and others": "ceil_mode",
    },
    "ReductionParameter": {
        "yjxiong": "k",
    },
    "ReLUParameter": {
        "Intel": "fuse",
        "Two-Step-Quantization-AlexNet": "delta thresh",
    },
    "ReshapeParameter": {
        "Intel": "pixelshuffler",
    },
    "SoftmaxParameter": {
        "DeepDetect": "scaling_temperature",
    },
    "V1LayerParameter": {
        "Fast R-CNN": "roi_pooling_param smooth_l1_loss_param",
        "single forks": (
            "topk_param spatial_pyramid_pooling_param tree_param loss_tree_param "
            "accuracy_tree_param lrn_map_param spatial_pyramid_pooling_data_param local_param "
            "multi_stage_meanfield_param"
        ),
        "yjxiong": "label_transform_param",
    },
    "DummyDataParameter": {
        "wider forks, read and without effect": "refill_constant",
    },
    "LRNParameter": {
        "wider forks, read and without effect": "unit_test_mode unit_test_fuse_kernel",
    },
    "V0LayerParameter": {
        "before Caffe 0.1": "context_pad crop_mode can_clobber",
        "experiments of 2013": "subtraction datum_dims data_blob",
    },
}
"""Message -> fork -> its fields in that message."""
