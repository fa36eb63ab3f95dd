import Training

extension PretrainConfig {
  /// The settings that change what an update costs, all others at their defaults.
  var costSettings: Self {
    var result = self
    (result.seed, result.training, result.data, result.preset) = (0, training.costSettings, .init(), nil)
    result.data.workers = data.workers
    (result.encoder, result.encoderDigest, result.continuation) = (nil, nil, .init())
    return result
  }
}

extension FineTuneConfig {
  /// The settings that change what an update costs, all others at their defaults.
  var costSettings: Self {
    var result = self
    (result.seed, result.training, result.data) = (0, training.costSettings, .init())
    (result.data.workers, result.encoder, result.evaluation) = (data.workers, "", .init())
    return result
  }
}

extension DetectionConfig {
  /// The settings that change what an update costs, all others at their defaults.
  var costSettings: Self {
    var result = self
    (result.seed, result.training, result.data) = (0, training.costSettings, .init())
    (result.data.workers, result.encoder, result.evaluation, result.preset) = (data.workers, "", .init(), nil)
    return result
  }
}

extension SegmentationConfig {
  /// The settings that change what an update costs, all others at their defaults.
  var costSettings: Self {
    var result = self
    (result.seed, result.training, result.data) = (0, training.costSettings, .init())
    (result.data.workers, result.encoder, result.evaluation, result.preset) = (data.workers, "", .init(), nil)
    return result
  }
}

extension Trainer.Config {
  /// Neither length nor rates change what one update takes.
  fileprivate var costSettings: Self {
    var result = Trainer.Config()
    (result.replicas, result.precision) = (replicas, precision)
    return result
  }
}
