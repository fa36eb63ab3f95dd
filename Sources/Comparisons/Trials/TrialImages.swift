package import ImageData
package import ImageLoading

/// The images of a series of trials. What the trial before used is not listed and decoded again; nothing older is kept,
/// so that memory does not grow with the number of data sets.
package final class TrialImages {
  private var latestTraining: (paths: [String], images: LoadedImages)?
  private var latestTest: (paths: [String], classNames: [String], dataset: ImageDataset)?

  /// The pattern of the names of files that hold one channel of an image each; nil where files hold all.
  private let channelFiles: String?

  /// None yet.
  package init(channelFiles: String? = nil) {
    self.channelFiles = channelFiles
  }

  /// Images to learn from, with their classes where they have some.
  ///
  /// - Throws: `DatasetError`.
  package func training(_ paths: [String]) throws -> LoadedImages {
    if let latestTraining, latestTraining.paths == paths { return latestTraining.images }
    let images = LoadedImages(try ImageDataset(labelledWhereGiven: paths, channelFiles: channelFiles))
    latestTraining = (paths, images)
    return images
  }

  /// Labelled images to learn from and to be judged on.
  ///
  /// - Throws: `DatasetError` when classes are missing or those of the test images are others.
  package func labelled(train: [String], test: [String]) throws -> (train: ImageDataset, test: ImageDataset) {
    var training = try training(train).dataset
    // Listed again for the error that says which images have no class.
    if training.classNames.isEmpty {
      training = try ImageDataset(paths: train, labelled: true, channelFiles: channelFiles)
    }
    if let latestTest, latestTest.paths == test, latestTest.classNames == training.classNames {
      return (training, latestTest.dataset)
    }
    let dataset = try ImageDataset(
      paths: test, labelled: true, classNames: training.classNames, channelFiles: channelFiles)
    latestTest = (test, training.classNames, dataset)
    return (training, dataset)
  }
}
