export { type Audience, Audiences, type Transition } from './audiences/audiences.js';
export { membersCsv } from './audiences/csv.js';
export { compileRule, type ShopperView } from './audiences/rule.js';
export { ClickRates } from './clicks/rates.js';
export { type Outcome, outcomes } from './clicks/slot.js';
export { checkWebhook, isPublicAddress } from './deliveries/address.js';
export { type Delivery, Outbox } from './deliveries/outbox.js';
export { callWebhook, isSigned, sign } from './deliveries/webhook.js';
export { forgetDeliveries, MarketingFold, openFold } from './fold.js';
export { type IntentExamples, intentExamples } from './intent/examples.js';
export { intentFeatureNames } from './intent/features.js';
export { VisitFold, type VisitObserver } from './intent/fold.js';
export { Intent, type IntentAnswer, type IntentReason } from './intent/intent.js';
export { type NextPurchase, nextPurchase } from './intent/past.js';
export { StreamCalibration, Thinning } from './intent/recalibrate.js';
export { type IntentReport, type TrainedIntent, trainIntent } from './intent/train.js';
export type { Visit } from './intent/visits.js';
export { Marketing, type OfferInput, openMarketing, type UpliftAnswer } from './marketing.js';
export {
  Assignments,
  featureContext,
  responseFeatureNames,
  responseFeatures,
} from './offers/assignments.js';
export {
  type Allocation,
  allocate,
  allocateExactly,
  bestLevel,
  type Choices,
  priceOf,
} from './offers/knapsack.js';
export {
  type LearnedResponse,
  learnResponse,
  type ResponseStatus,
  responseNeeds,
} from './offers/learned.js';
export { checkOffer, type Offer, offerDefaults } from './offers/offer.js';
export { Offers } from './offers/offers.js';
export { type PackedSpend, SpendController } from './offers/pacing.js';
export {
  assumedResponse,
  type DiscountTrial,
  fitResponse,
  gainsOf,
  type ResponseContent,
  responseModel,
} from './offers/response.js';
export type { GivenOffer } from './offers/running.js';
export {
  simulatedDiscounts,
  simulatedMargin,
  simulateLog,
  simulateWorld,
  type World,
  type WorldOptions,
} from './offers/simulator.js';
export type { OfferStatus } from './offers/status.js';
export {
  audiencesPage,
  offerHead,
  offerLine,
  offersPage,
  upliftHead,
  upliftLines,
  upliftPage,
  visitHead,
  visitLines,
} from './pages.js';
export * from './propensity.js';
export type { UpliftData } from './uplift/data.js';
export { type Arm, type IncrementReport, incrementReport, isHeldOut, shareOf } from './uplift/holdout.js';
export {
  fitLearner,
  type LearnerName,
  learnerNames,
  predictUplift,
  type UpliftContent,
  upliftPredictor,
} from './uplift/learners.js';
export { bootstrapQini, type QiniPoint, qini, qiniCurve, type Trial, upliftAtTop } from './uplift/qini.js';
export {
  type FittedUplift,
  fitUplift,
  meanEffect,
  type Trialled,
  type UpliftReport,
} from './uplift/select.js';
export { readTrial, type TrialTable, trialLimits } from './uplift/table.js';
