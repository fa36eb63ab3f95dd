/// SplitMask as a library: everything a program needs to pretrain, evaluate and use vision transformers.
@_exported import Classification
@_exported import DatasetDownloads
@_exported import DenseAnnotations
@_exported import DenseTasks
@_exported import DurableFiles
@_exported import Evaluation
@_exported import ImageData
@_exported import Recipes
@_exported import SelfSupervision
@_exported import Settings
@_exported import Torch
@_exported import TorchNN
@_exported import TorchOptim
@_exported import Training
@_exported import VisionModels
