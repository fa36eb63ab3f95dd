import Settings
import Training

/// Settings of a run whose cost is measured before it begins.
protocol MeasuredConfiguration: RunConfiguration {
  /// The settings that change what an update costs, all others at their defaults: neither length nor rates do, nor where
  /// the images are, nor draws.
  var costSettings: Self { get }
}

extension PretrainConfig: MeasuredConfiguration {
  var costSettings: Self {
    var result = self
    (result.seed, result.training, result.data, result.preset) = (0, training.costSettings, .init(), nil)
    result.data.workers = data.workers
    return result
  }
}

extension FineTuneConfig: MeasuredConfiguration {
  var costSettings: Self {
    var result = self
    (result.seed, result.training, result.data) = (0, training.costSettings, .init())
    (result.data.workers, result.encoder, result.evaluation) = (data.workers, "", .init())
    return result
  }
}

extension DetectionConfig: MeasuredConfiguration {
  var costSettings: Self {
    var result = self
    (result.seed, result.training, result.data) = (0, training.costSettings, .init())
    (result.data.workers, result.encoder, result.evaluation, result.preset) = (data.workers, "", .init(), nil)
    return result
  }
}

extension SegmentationConfig: MeasuredConfiguration {
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
