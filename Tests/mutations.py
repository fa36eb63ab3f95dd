#!/usr/bin/env python3
"""Breaks the training path on purpose, one line at a time, and looks whether a test notices.

Each mutation below is applied, the tests that should notice are built and run, and the line is put back. A mutation that all tests
survive is a gap in the tests. The builds are debug builds in a folder of their own (.build-mutations): the first takes some
ten minutes, each mutation after it about twenty seconds.

    Tests/mutations.py                 # all of them; exit status 1 where one survives
    Tests/mutations.py 3 17-20         # some, by number
    Tests/mutations.py --list          # what there is
    Tests/mutations.py --check         # whether each text is found exactly once; builds nothing

It starts on a clean work tree only, whose tests pass, and puts every file back, also when it is interrupted.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ["--scratch-path", ".build-mutations"]


@dataclass
class Mutation:
    what: str
    file: str
    old: str
    new: str
    tests: str

    @property
    def path(self):
        return ROOT / "Sources" / self.file


def group(file, tests, *changes):
    """Mutations of one file, noticed by the same tests unless a fourth part says otherwise."""
    return [Mutation(what, file, old, new, *(rest or [tests])) for what, old, new, *rest in changes]


UPDATES = "MethodUpdateTests|WholeUpdateTests"

MUTATIONS = [
    *group("Training/TrainingSchedule.swift", UPDATES,
        ("learning rate one step late", "Double { rate(step) }", "Double { rate(max(0, step - 1)) }"),
        ("weight decay of the first step at every step", "Double { decay(step) }", "Double { decay(0) }"),
        ("learning rate falls to 0", "minimum: min(config.minimumLearningRate, config.learningRate)", "minimum: 0"),
        ("an epoch's updates without accumulation", "batches / config.accumulate\n", "batches\n", "TrainingScheduleTests"),
        ("weight decay does not change", "config.weightDecayEnd ?? config.weightDecay, warmup", "config.weightDecay, warmup")),
    *group("Training/UpdateStep.swift", UPDATES,
        ("no division by accumulate", "schedule.accumulate == 1 ? total : total / Double(schedule.accumulate)", "total"),
        ("beta2 ignored", "betas: (0.9, config.beta2)", "betas: (0.9, 0.999)"),
        ("learning rate of the next step", "schedule.learningRate(step)", "schedule.learningRate(step + 1)"),
        ("no weight decay from the schedule", "schedule.weightDecay(step), clipping", "0, clipping"),
        ("no clipping", "maximumNorm: config.maximumNorm", "maximumNorm: nil"),
        ("clipping by the global norm always", "mode: config.clipping", "mode: .globalNorm"),
        ("task not asked before the update", "    task.willUpdate(in: context)\n", ""),
        ("task not told after the update", "    task.didUpdate(in: context, skip: clipping.skip)\n", ""),
        ("gradients are kept", "    optimizer.clearGradients()\n", ""),
        ("batches of an update share their draws", "microStep: microStep, isLogged", "microStep: 0, isLogged"),
        ("epoch of the update is always the first", "epoch: step / schedule.stepsPerEpoch", "epoch: 0"),
        ("losses are not looked at for NaN", "losses: losses, maximumNorm", "losses: [], maximumNorm", "TrainerTests"),
        ("clipping does not reach the optimizer", ", clipping: clipping)\n    optimizer", ")\n    optimizer")),
    *group("Training/TrainingTask.swift", "StepContextTests",
        ("rank dropped from a draw", "microStep * processes.size + processes.rank", "microStep * processes.size"),
        ("micro-step dropped from a draw", "microStep * processes.size + processes.rank", "processes.rank")),
    *group("Training/Trainer.swift", "TrainerTests",
        ("checkpoints one step late", "step % config.checkpointEvery == 0", "step % config.checkpointEvery == 1"),
        ("skipped updates are not counted", "      guardian.note(outcome.clipping)\n", ""),
        ("skipped updates forgotten by a resume", "skippedCount: restored?.skippedUpdates ?? 0", "skippedCount: 0"),
        ("resume starts anew", "step = restored?.step ?? 0", "step = 0"),
        ("epochs end unnoticed", "if isLast || step % schedule.stepsPerEpoch == 0 {", "if isLast {", "EvaluationCadenceTests"),
        ("nothing is observed before the first update", "if step == 0 { try observe() }", "", "ContinuedRunTests"),
        ("learning rate of another step is logged", "schedule.learningRate(step - 1)", "schedule.learningRate(step)", UPDATES),
        ("divergence unnoticed", "step % NonFiniteGuard.limit == 0, guardian.hasDiverged", "false, guardian.hasDiverged")),
    *group("Training/TrainingSchedule.swift", "EvaluationCadenceTests",
        ("epoch of an evaluation is one late", "max(step - 1, 0) / stepsPerEpoch", "step / stepsPerEpoch")),
    *group("VisionModels/RotaryPositions.swift", "EncoderFamiliesTests",
        ("queries and keys turn the other way", "[-parts[1], parts[0]]", "[parts[1], -parts[0]]"),
        ("every sequence has the first patches' places", "tableRows.map { table.rows($0) } ?? ", "")),
    *group("Training/BatchStream.swift", "TrainerTests|PretrainingRunTests",
        ("resume begins its epoch anew", "step % schedule.stepsPerEpoch * schedule.accumulate", "0"),
        ("resume in the first epoch", "epoch = step / schedule.stepsPerEpoch", "epoch = 0"),
        ("every epoch is the first", "epoch += 1", "epoch += 0", UPDATES)),
    *group("Training/WeightDecayRule.swift", UPDATES,
        ("class token decays", '"cls_token", "reg_token"]', '"reg_token"]'),
        ("positions decay", '!["pos_embed", "cls_token"', '!["cls_token"'),
        ("vectors decay", "named.parameter.value.rank > 1 && ", ""),
        ("norms decay in detectors", '!named.key.contains("norm") && ', "", "WeightDecayRuleTests")),
    *group("SelfSupervision/Continuation/ContinuedTask.swift", "ContinuedRunTests",
        ("an encoder that goes on never rests", "context.step < restSteps", "context.step < 0"),
        ("its rate is the others'", "(isEncoder ? continuation.learningRateScale : 1)", "1")),
    *group("VisionModels/PrefixTokens.swift", "EncoderFamiliesTests",
        ("registers lose their positions", "placedCount > own {", "placedCount > own + extraCount {")),
    *group("Training/LayerwiseDecay.swift", UPDATES + "|LayerwiseDecayTests",
        ("layer-wise decay one layer off", "Double(depth + 1 - layer)", "Double(depth - layer)"),
        ("blocks one layer early", "return block + 1", "return block"),
        ("positions have the head's rate", '"patch_embed", "pos_embed", "cls_token"', '"patch_embed", "cls_token"')),
    *group("Training/Trainer+ResolvedConfig.swift", "PretrainConfigTests|TrainingScheduleTests|DenseConfigTests",
        ("rate not in proportion to the batch", " / Double(defaults.referenceBatch)", " / Double(batchSize * accumulate)"),
        ("accumulated batches do not count for the rate", "Double(batchSize * accumulate)", "Double(batchSize)"),
        ("method's last weight decay ignored", "(weightDecay == nil ? defaults.weightDecayEnd : nil)", "nil"),
        ("method's beta2 ignored", "beta2 ?? defaults.beta2", "beta2 ?? 0.999", UPDATES),
        ("method's clipping ignored", "clipping ?? defaults.clipping", "clipping ?? .globalNorm", UPDATES),
        ("method's schedule ignored", "schedule ?? defaults.schedule", "schedule ?? .inclusive", UPDATES)),
    *group("Training/OptimizationDefaults.swift", "PretrainConfigTests|TrainingScheduleTests",
        ("warm-up not limited to a share", "min(most, share * Double(totalSteps))", "min(most, Double(totalSteps))")),
    *group("Training/CheckpointStore.swift", "TrainerTests|PretrainingRunTests|DINORecipeTests|CheckpointStoreTests",
        ("optimizer is not restored", "        try optimizer.load(content.moments)\n", ""),
        ("weights are not restored", "        try model.load(content.weights)\n", ""),
        ("teacher is not restored", "        try auxiliary?.load(content.auxiliary)\n", ""),
        ("one checkpoint more is kept", "keepingLast: keep)", "keepingLast: keep + 1)"),
        ("checkpoints with NaN are taken", "if let name = weights.firstNonFinite", "if false, let name = weights.firstNonFinite")),
    *group("TorchOptim/AdamW.swift", "AdamWTests|" + UPDATES,
        ("learning rates do not fall from layer to layer", "learningRate * state.group.learningRateScale", "learningRate"),
        ("groups without decay decay", "state.group.weightDecay == 0 ? 0 : weightDecay", "weightDecay"),
        ("skipped updates count for the averages", "state.step.addInPlace(count)", "state.step.addInPlace(one)")),
    *group("TorchOptim/GradientClipping.swift", UPDATES + "|AdamWTests|DINOStepTests",
        ("short gradients are stretched", "/ maximumNorm).clamped(1)", "/ maximumNorm)"),
        ("short tensors are stretched", ".clamped(nil, 1)", "")),
    *group("TorchOptim/LearningRateSchedule.swift", "LearningRateScheduleTests|TrainingScheduleTests",
        ("warm-up ends one step late", "peak * Double(step) / Double(warmupSteps - 1)", "peak * Double(step) / Double(warmupSteps)"),
        ("MAE's warm-up one step early", "return peak * Double(step) / Double(warmupSteps) }", "return peak * Double(step + 1) / Double(warmupSteps) }"),
        ("DeiT's epochs not late", "step / stepsPerEpoch - 1", "step / stepsPerEpoch"),
        ("3x drops early", "drops: [3.0 / 4, 11.0 / 12]", "drops: [2.0 / 3, 11.0 / 12]"),
        ("cosine ends a step early", "Double(max(1, totalSteps - warmupSteps)))\n    case .fractional", "Double(max(1, totalSteps - warmupSteps - 1)))\n    case .fractional")),
    *group("TorchOptim/ExponentialMovingAverage.swift", "ExponentialMovingAverageTests",
        ("teacher moves after a skipped update", "(1 - skip) * (1 - momentum)", "(1 - skip * 0) * (1 - momentum)")),
    *group("SelfSupervision/SplitMask/SplitMaskTask.swift", UPDATES,
        ("SplitMask: stochastic depth never applied", "input, depth: depth, precision", "input, depth: depth.flatMap { _ in nil }, precision"),
        ("SplitMask: masks of the first epoch", "epoch: context.epoch, index: index, purpose: .mask", "epoch: 0, index: index, purpose: .mask"),
        ("SplitMask: masks by place in the batch", "indices.map { index -> BatchSplit.Branches in", "indices.indices.map { index -> BatchSplit.Branches in")),
    *group("SelfSupervision/SplitMask/SplitMaskStep.swift", "SplitMaskStepTests",
        ("weight of inpainting ignored", "inpainting.value * config.inpaintWeight", "inpainting.value"),
        ("weight of matching ignored", "loss * config.matchWeight", "loss"),
        ("temperature ignored", "temperature: config.matching.temperature", "temperature: 0.2"),
        ("kind of negatives ignored", "negatives: config.matching.negatives", "negatives: .bothBranches"),
        ("length of descriptors ignored", "normalized: config.matching.normalized", "normalized: true")),
    *group("SelfSupervision/SplitMask/SplitMaskModel.swift", "SplitMaskStepTests",
        ("another output is pooled", "config.matching.pooling == .afterNorm ? output.normalized : output.raw", "output.normalized")),
    *group("SelfSupervision/Inpainting/WordLoss.swift", "RunsTests.ManyProcessesTests",
        ("processes with differently many patches weigh alike", "return loss * (noGrad { all.reciprocal() } * Double(count))", "return loss + 0 * all")),
    *group("SelfSupervision/BEiT/BEiTTask.swift", UPDATES,
        ("BEiT: stochastic depth never applied", "in: context), depth: depth,", "in: context), depth: depth.flatMap { _ in nil },"),
        ("BEiT: masks of the first epoch", "epoch: context.epoch, index: index", "epoch: 0, index: index")),
    *group("SelfSupervision/MAE/MAETask.swift", UPDATES,
        ("MAE: class token does not decay", "trained.filter { $0.parameter.value.rank > 1 }", 'trained.filter { $0.parameter.value.rank > 1 && !$0.key.hasSuffix("cls_token") }'),
        ("MAE: masks of the first epoch", "epoch: context.epoch, index: index", "epoch: 0, index: index")),
    *group("SelfSupervision/MAE/MAE+Config.swift", UPDATES,
        ("MAE: more is seen", "(1 - maskingRatio) + 1e-9", "(1 - maskingRatio) + 1"),
        ("MAE: beta2 of the others", "beta2: 0.95,\n", "\n")),
    *group("SelfSupervision/DINO/DINOTask.swift", UPDATES,
        ("DINO: constant momentum", "momentum(context.step)", "momentum(0)"),
        ("DINO: stochastic depth never applied", "depth: stochasticDepth(batch, in: context)", "depth: []"),
        ("DINO: temperature of the first epoch", "teacherTemperature(epoch: context.epoch)", "teacherTemperature(epoch: 0)"),
        ("DINO: last layer rests an epoch longer", "context.epoch < computation.config.frozen", "context.epoch <= computation.config.frozen"),
        ("DINO: last layer does not decay", "$0.parameter)) }, weightDecay: weightDecay),\n    ]", "$0.parameter)) }, weightDecay: 0),\n    ]")),
    *group("SelfSupervision/DINO/DINOStep.swift", UPDATES,
        ("DINO: centre moves too fast", "center * config.centerMomentum + mean * (1 - config.centerMomentum)", "center * (1 - config.centerMomentum) + mean * config.centerMomentum"),
        ("DINO: centre by the first batch of an update", "outputMeans.dropFirst().reduce(outputMeans[0], +) / Double(outputMeans.count)", "outputMeans[0]"),
        ("DINO: student's temperature ignored", "DINOLoss(studentTemperature: config.studentTemperature)", "DINOLoss(studentTemperature: 0.1)", "DINOStepTests"),
        ("DINO: teacher stands still", "    average.update(momentum: momentum, skip: skip)\n", "")),
    *group("SelfSupervision/DINO/DINO+Config.swift", "DINORecipeTests|" + UPDATES,
        ("DINO: weight decay does not rise", "weightDecayEnd: 0.4", "weightDecayEnd: 0.04"),
        ("DINO: rate for another batch", "referenceBatch: 256", "referenceBatch: 512")),
    *group("Classification/ClassificationTask.swift", UPDATES + "|FineTuningRunTests",
        ("fine-tuning: no layer-wise decay", "decay: layerDecay, weightDecay", "decay: 1, weightDecay"),
        ("fine-tuning: stochastic depth never applied", "classifier(input.patches, depth: depth)", "classifier(input.patches, depth: depth.flatMap { _ in nil })"),
        ("fine-tuning: the worst epoch is kept", "result.top1 > record.bestTop1.value.item()", "result.top1 < record.bestTop1.value.item() || record.bestTop1.value.item() < 0", "EvaluationCadenceTests")),
    *group("Classification/BatchMixing.swift", UPDATES + "|BatchMixingTests",
        ("labels are not mixed", "smooth.multiplyInPlace(draw.share)", "smooth.multiplyInPlace(0.5)"),
        ("labels are not smoothed", "own.multiplyInPlace(1 - config.smoothing)", "own.multiplyInPlace(1)")),
    *group("ImageLoading/EpochOrder.swift", UPDATES + "|DataLoaderTests",
        ("every epoch in one order", "epoch: epoch, index: 0, purpose: .order", "epoch: 0, index: 0, purpose: .order")),
    *group("DenseTasks/Detection/DetectionTask.swift", "LossCurveTests|DenseTaskGroupsTests",
        ("detection: stochastic depth never applied", "rate: encoder.stochasticDepthRate, blocks", "rate: 0, blocks"),
        ("detection: biases do not decay", "weightDecay: weightDecay, rule: .allButNorms)", "weightDecay: weightDecay)"),
        ("detection: no layer-wise decay", "decay: layerDecay,\n", "decay: 1,\n")),
    *group("DenseTasks/Segmentation/SegmentationTask.swift", "LossCurveTests|DenseTaskGroupsTests",
        ("segmentation: stochastic depth never applied", "rate: encoder.stochasticDepthRate, blocks", "rate: 0, blocks"),
        ("segmentation: no layer-wise decay", "decay: layerDecay,\n", "decay: 1,\n")),
    *group("Training/PeriodicEvaluation.swift", "EvaluationCadenceTests",
        ("evaluation an epoch late", "(context.epoch + 1) % everyEpochs", "context.epoch % everyEpochs"),
        ("last epoch not evaluated", "isLast || (context.epoch", "(context.epoch")),
    *group("DenseTasks/Segmentation/UPerNet.swift", "LossCurveTests",
        ("segmentation: weight of the auxiliary head ignored", " * config.auxiliaryWeight", "")),
    *group("DenseTasks/Detection/RegionProposalNetwork+Loss.swift", "DetectionHeadTests|MaskRCNNTests",
        ("detection: images without objects do not count", "max(1, sample.positives.count) + max(1,", "sample.positives.count + max(1,")),
    *group("DenseTasks/Detection/BoxHead.swift", "DetectionHeadTests|MaskRCNNTests",
        ("detection: boxes of the positives only", "box: error.absolute().sum() / divisor", "box: error.absolute().sum() / Double(max(1, rows.count))")),
    *group("Runs/Dense/DetectionConfig.swift", "DenseRunTests",
        ("detection: rate ten times too large", "learningRate: 1e-4, referenceBatch", "learningRate: 1e-3, referenceBatch"),
        ("detection: another schedule", "schedule: .threeTimes", "schedule: .once"),
        ("detection: gradients are clipped", "clipping: .none)", "clipping: .globalNorm)")),
    *group("Runs/Dense/SegmentationConfig.swift", "DenseRunTests",
        ("segmentation: rate ten times too large", "learningRate: 7e-4, referenceBatch", "learningRate: 7e-3, referenceBatch"),
        ("segmentation: another schedule", "schedule: .linear", "schedule: .inclusive"),
        ("segmentation: a longer warm-up", ".updates(1500)", ".updates(15000)")),
    *group("Runs/FineTuning/FineTuneConfig+Resolution.swift", "FineTuningRunTests|MethodUpdateTests",
        ("fine-tuning: rate ten times too large", "learningRate: 4e-3", "learningRate: 4e-2"),
        ("fine-tuning: lowest rate of the other regime", "minimumLearningRate: 1e-6", "minimumLearningRate: 1e-5"),
        ("fine-tuning: another layer-wise decay", "regime == .smallData ? 0.65 : 1)", "regime == .smallData ? 0.75 : 1)")),
    *group("Runs/Pretraining/Methods/SupervisedRecipe.swift", "PretrainConfigTests|MethodUpdateTests",
        ("supervised: rate ten times too large", "learningRate: 5e-4", "learningRate: 5e-3"),
        ("supervised: gradients are clipped", "clipping: .none", "clipping: .globalNorm"),
        ("supervised: long runs without DeiT's schedule", "isLong ? .perEpoch : .inclusive", "isLong ? .inclusive : .inclusive")),
]


def run(command, log, seconds):
    """Runs a command in a group of its own, which ends with it; its exit status, or None where it took longer."""
    with open(log, "w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def judge(tests, log):
    """Builds, and runs the tests: `caught`, `SURVIVED`, `hung`, `does not build`, or `no tests`."""
    if run(["swift", "build", *SCRATCH, "--build-tests"], log, seconds=3600) != 0:
        return "does not build"
    status = run(["swift", "test", *SCRATCH, "--skip-build", "--disable-xctest", "--filter", tests], log, seconds=900)
    if status is None:
        return "hung"
    if "Test run with 0 tests" in log.read_text(errors="replace"):
        return "no tests"
    return "SURVIVED" if status == 0 else "caught"


def apply(mutation, log):
    original = mutation.path.read_text()
    try:
        mutation.path.write_text(original.replace(mutation.old, mutation.new))
        return judge(mutation.tests, log)
    finally:
        mutation.path.write_text(original)


def misplaced():
    """Mutations whose text is not in its file exactly once."""
    return [m for m in MUTATIONS if not m.path.exists() or m.path.read_text().count(m.old) != 1]


def chosen(numbers):
    if not numbers:
        return range(1, len(MUTATIONS) + 1)
    result = []
    for part in numbers:
        first, _, last = part.partition("-")
        result += range(int(first), int(last or first) + 1)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("numbers", nargs="*", help="which, such as 3 or 17-20; all by default")
    parser.add_argument("--list", action="store_true", help="show what there is")
    parser.add_argument("--check", action="store_true", help="look for each text, and build nothing")
    arguments = parser.parse_args()
    if arguments.list:
        for number, mutation in enumerate(MUTATIONS, 1):
            print(f"{number:3} {mutation.what} ({mutation.file})")
        return 0
    wrong = misplaced()
    for mutation in wrong:
        print(f"{mutation.file}: not there exactly once: {mutation.old!r}")
    if wrong or arguments.check:
        return 1 if wrong else 0
    if subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True).stdout:
        sys.exit("the work tree has changes; commit them or put them away first, since files are changed and put back")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended; the file is put back"))
    log = ROOT / ".build-mutations" / "mutation.log"
    log.parent.mkdir(exist_ok=True)
    numbers, counts = chosen(arguments.numbers), {}
    if judge("|".join({MUTATIONS[number - 1].tests for number in numbers}), log) != "SURVIVED":
        sys.exit(f"these tests fail without any mutation; see {log}")
    for number in numbers:
        mutation, start = MUTATIONS[number - 1], time.monotonic()
        verdict = apply(mutation, log)
        counts[verdict] = counts.get(verdict, 0) + 1
        print(f"{number:3} {verdict:14} {time.monotonic() - start:4.0f} s  {mutation.what} ({mutation.file})", flush=True)
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    return 0 if set(counts) <= {"caught", "hung"} else 1


if __name__ == "__main__":
    sys.exit(main())
